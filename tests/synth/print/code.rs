//! Functions, addresses, frames and traces.

use super::Printer;
use crate::synth::event::{Code, TraceLine};
use crate::synth::kernel::Dialect;
use crate::synth::numbers::{hex, number};

impl Printer<'_> {
    /// Size of a function and the offset into it.
    fn extent(code: &Code) -> (u64, u64) {
        // The padding before a function: a symbol of its own, of 16 bytes.
        if code.symbol.starts_with("__pfx_") {
            return (0x10, 0x10);
        }
        let size = 0x40 + number(&code.symbol) % 0x70 * 0x10;
        (1 + number(&format!("offset {}", code.symbol)) % (size - 1), size)
    }

    /// The address of a place in a function.
    pub(super) fn address(&self, code: &Code) -> u64 {
        let (offset, size) = Self::extent(code);
        let (base, room) = match &code.module {
            Some(module) => {
                let loaded = self.machine.modules.iter().find(|m| &m.name == module);
                (self.machine.module_address(module), loaded.map_or(0x8000, |m| m.size).saturating_sub(size).max(1))
            }
            None => (self.machine.dialect().facts().text_base, 0x70_0000),
        };
        base + number(&format!("place {}", code.symbol)) % room / 16 * 16 + offset
    }

    /// `acmefs_read+0x42/0x1a0 [acmefs]`, as this kernel writes a function.
    pub(super) fn code(&self, code: &Code) -> String {
        let (offset, size) = Self::extent(code);
        let symbol = format!("{}+0x{offset:x}/0x{size:x}", code.symbol);
        match (&code.module, self.machine.dialect()) {
            (None, _) => symbol,
            (Some(module), Dialect::El5) => format!(":{module}:{symbol}"),
            (Some(module), Dialect::Suse) => format!("{symbol} [{module} {}]", hex(&format!("build {module}"), 40)),
            (Some(module), _) => format!("{symbol} [{module}]"),
        }
    }

    /// `[<ffffffffa03c51b2>] acmefs_read+0x42/0x1a0 [acmefs]`.
    pub(super) fn located(&self, code: &Code) -> String {
        format!("[<{:016x}>] {}", self.address(code), self.code(code))
    }

    fn frame(&self, code: &Code, stale: bool) -> String {
        let mark = if stale { "? " } else { "" };
        match self.machine.dialect() {
            // 2.6.18 marks nothing as stale.
            Dialect::El5 => format!(" {}", self.located(code)),
            Dialect::El6 | Dialect::El71 | Dialect::El79 => {
                format!(" [<{:016x}>] {mark}{}", self.address(code), self.code(code))
            }
            _ => format!(" {mark}{}", self.code(code)),
        }
    }

    /// The frames and marks of the event, and `first` before them.
    pub(super) fn frames(&mut self, first: &[TraceLine]) {
        let tags_stand_alone =
            !matches!(self.machine.dialect(), Dialect::El5 | Dialect::El6 | Dialect::El71 | Dialect::El79);
        let task_tag = matches!(self.machine.dialect(), Dialect::El9 | Dialect::El10 | Dialect::Ubuntu | Dialect::Suse);
        let trace: Vec<TraceLine> = first.iter().chain(&self.event.trace).cloned().collect();
        let mut pending = String::new();
        let mut task = false;
        for line in &trace {
            match line {
                TraceLine::Mark(mark) if tags_stand_alone => {
                    // 4.10 and later close a stack with its own mark and have no <EOI>.
                    let closing = if mark == "<EOI>" { "</IRQ>" } else { mark };
                    self.line(format!(" {closing}"));
                }
                TraceLine::Mark(mark) if mark.starts_with("</") => pending = " <EOI> ".to_owned(),
                TraceLine::Mark(mark) => pending = format!(" {mark} "),
                TraceLine::Frame { code, stale } => {
                    let opens = tags_stand_alone && task_tag && !task && self.after_irq(&trace, line);
                    if opens {
                        self.line(" <TASK>");
                        task = true;
                    }
                    let frame = self.frame(code, *stale);
                    self.line(format!("{}{frame}", std::mem::take(&mut pending)));
                }
            }
        }
        if task {
            self.line(" </TASK>");
        }
    }

    /// Whether a frame of the trace stands on the task's stack: no mark that opens another stack is before it unclosed.
    fn after_irq(&self, trace: &[TraceLine], frame: &TraceLine) -> bool {
        let before = trace.iter().take_while(|line| !std::ptr::eq(*line, frame));
        before.fold(true, |on_task, line| match line {
            TraceLine::Mark(mark) => mark == "<EOI>" || mark.starts_with("</"),
            TraceLine::Frame { .. } => on_task,
        })
    }

    /// Frames of helpers that a report puts before those of the event.
    pub(super) fn helpers(words: &str) -> Vec<TraceLine> {
        words
            .split_whitespace()
            .map(|word| TraceLine::Frame {
                code: Code::new(word.trim_start_matches('?')),
                stale: word.starts_with('?'),
            })
            .collect()
    }
}
