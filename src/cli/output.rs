//! Where results go: standard output, or a file that is written whole or not at all.

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
    /// Scratch file and the name it takes at the end.
    pending: Option<(PathBuf, PathBuf)>,
}

impl Output {
    /// Opens standard output, or a scratch file beside `path`.
    pub fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = path.filter(|p| *p != Path::new("-")) else {
            return Ok(Self { writer: Box::new(BufWriter::new(io::stdout().lock())), pending: None });
        };
        let mut scratch = path.as_os_str().to_owned();
        scratch.push(format!(".{}.part", std::process::id()));
        let scratch = PathBuf::from(scratch);
        let file = fs::File::create_new(&scratch).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self { writer: Box::new(BufWriter::new(file)), pending: Some((scratch, path.to_owned())) })
    }

    /// Writes out what is buffered and gives a file its name.
    pub fn finish(mut self) -> anyhow::Result<()> {
        self.writer.flush()?;
        if let Some((scratch, path)) = self.pending.take() {
            fs::rename(&scratch, &path).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
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
