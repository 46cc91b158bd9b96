//! Where results go: standard output, a file that is written whole or not at all, or a device or pipe as it is.

use std::fs;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::render::Style;

/// Columns where the output is no terminal and nothing tells its width.
const DEFAULT_WIDTH: usize = 120;

/// The destination of a command's results.
pub(super) struct Output {
    writer: Box<dyn Write>,
    /// What errors call it.
    name: String,
    /// Scratch file and the name it takes at the end.
    pending: Option<(PathBuf, PathBuf)>,
}

impl Output {
    /// Opens standard output, or a scratch file beside `path`.
    pub fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = path.filter(|p| *p != Path::new("-")) else {
            let writer = Box::new(BufWriter::new(io::stdout().lock()));
            return Ok(Self { writer, name: "standard output".to_owned(), pending: None });
        };
        let name = path.display().to_string();
        let context = || format!("cannot write {name}");
        // behind a link stands what is meant
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if fs::metadata(&path).is_ok_and(|known| !known.is_file()) {
            let file = fs::OpenOptions::new().write(true).open(&path).with_context(context)?;
            return Ok(Self { writer: Box::new(BufWriter::new(file)), name, pending: None });
        }
        let mut scratch = path.clone().into_os_string();
        scratch.push(format!(".{}.part", std::process::id()));
        let scratch = PathBuf::from(scratch);
        let file = fs::File::create_new(&scratch).with_context(context)?;
        Ok(Self { writer: Box::new(BufWriter::new(file)), name, pending: Some((scratch, path)) })
    }

    /// Writes out what is buffered and gives a file its name.
    pub fn finish(mut self) -> anyhow::Result<()> {
        self.flush()?;
        if let Some((scratch, path)) = self.pending.take() {
            fs::rename(&scratch, &path).with_context(|| format!("cannot write {}", self.name))?;
        }
        Ok(())
    }

    /// An error that names what could not be written; its kind stays, for a closed pipe is none.
    fn named(&self, error: io::Error) -> io::Error {
        match error.kind() {
            io::ErrorKind::Interrupted => error,
            kind => io::Error::new(kind, format!("cannot write {}: {error}", self.name)),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes).map_err(|error| self.named(error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush().map_err(|error| self.named(error))
    }
}

impl Drop for Output {
    /// A result that was not finished leaves no file behind.
    fn drop(&mut self) {
        if let Some((scratch, _)) = self.pending.take() {
            let _ = fs::remove_file(scratch);
        }
    }
}

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Colour {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Width and colour for results that go to `path`.
pub(super) fn style(path: Option<&Path>, colour: Colour, width: Option<usize>, all: bool) -> Style {
    let terminal = path.is_none() && io::stdout().is_terminal();
    let columns = || std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    let width = width.or_else(|| terminal.then(terminal_columns).flatten()).or_else(columns).unwrap_or(DEFAULT_WIDTH);
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    let colour = match colour {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => terminal && !no_color,
    };
    Style { width, colour, all, explain: false }
}

fn terminal_columns() -> Option<usize> {
    comfy_table::Table::new().width().map(usize::from)
}
