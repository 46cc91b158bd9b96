//! Directories with entries that a walk must survive.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::report;

/// The sound report as a directory of the given name.
fn directory(folder: &Path, name: &str) -> io::Result<PathBuf> {
    let mut tree = report().tree();
    tree.root = name.to_owned();
    tree.write_to(folder)?;
    Ok(folder.join(name))
}

/// A report with links that lead to themselves, to each other, to a directory above, and nowhere.
#[cfg(unix)]
pub fn symlink_loops(folder: &Path) -> io::Result<PathBuf> {
    use std::os::unix::fs::symlink;
    let root = directory(folder, "symlink-loops")?;
    symlink("itself", root.join("itself"))?;
    symlink("there", root.join("var/log/here"))?;
    symlink("here", root.join("var/log/there"))?;
    symlink("..", root.join("var/log/up"))?;
    symlink("../..", root.join("sys/module/root"))?;
    symlink("sos_commands/kernel/gone", root.join("gone"))?;
    fs::remove_file(root.join("lsmod"))?;
    symlink("lsmod", root.join("lsmod"))?;
    Ok(root)
}

/// A report whose evidence files are links out of it: to an absolute path, and upwards. What they point to holds a log with
/// an event in `outside`, which no triage of the report may show.
#[cfg(unix)]
pub fn outward_links(folder: &Path) -> io::Result<PathBuf> {
    use std::os::unix::fs::symlink;
    let root = directory(folder, "outward-links")?;
    let outside = folder.join("outside.log");
    let log = fs::read_to_string(root.join("sos_commands/kernel/dmesg"))?;
    fs::write(&outside, log.replace("acmefs", "outside"))?;
    symlink(fs::canonicalize(&outside)?, root.join("var/log/dmesg.1"))?;
    symlink("../../../outside.log", root.join("var/log/dmesg.2"))?;
    // Absolute, but meant inside the report: it should be found there.
    fs::remove_file(root.join("lsmod"))?;
    symlink("/sos_commands/kernel/lsmod", root.join("lsmod"))?;
    Ok(root)
}

/// A report with entries that may not be read.
#[derive(Debug)]
pub struct Restricted {
    /// The report.
    pub root: PathBuf,
    /// The directory that may not be listed.
    pub directory: PathBuf,
    /// The file that may not be opened.
    pub file: PathBuf,
    /// Whether the permissions bind this process: they do not bind root.
    pub binding: bool,
}

/// A report with a directory and a file of mode 000: `var/crash/locked` and `var/log/secret.log`.
#[cfg(unix)]
pub fn unreadable(folder: &Path) -> io::Result<Restricted> {
    use std::os::unix::fs::PermissionsExt;
    let root = directory(folder, "unreadable")?;
    let locked = root.join("var/crash/locked");
    fs::create_dir_all(&locked)?;
    fs::write(locked.join("vmcore-dmesg.txt"), "[    1.000000] hidden\n")?;
    let file = root.join("var/log/messages.secret");
    fs::write(&file, "hidden\n")?;
    for path in [&locked, &file] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o000))?;
    }
    let binding = fs::read_dir(&locked).is_err();
    Ok(Restricted { root, directory: locked, file, binding })
}

#[cfg(unix)]
impl Drop for Restricted {
    /// Gives the permissions back, so that the folder can be removed.
    fn drop(&mut self) {
        use std::os::unix::fs::PermissionsExt;
        drop(fs::set_permissions(&self.directory, fs::Permissions::from_mode(0o755)));
        drop(fs::set_permissions(&self.file, fs::Permissions::from_mode(0o644)));
    }
}

/// A report with a named pipe that nobody writes to, in the place of a log; `None` where `mkfifo` is not installed.
#[cfg(unix)]
pub fn pipe(folder: &Path) -> io::Result<Option<PathBuf>> {
    let root = directory(folder, "pipe")?;
    let made = std::process::Command::new("mkfifo").arg(root.join("var/log/messages.1")).status();
    Ok(made.is_ok_and(|status| status.success()).then_some(root))
}
