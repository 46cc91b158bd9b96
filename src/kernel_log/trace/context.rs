//! Marks between the frames of a trace that say on which stack they stood: `<IRQ>`, `</NMI>`, `--- Exception: …`.
//!
//! Source: `show_trace_log_lvl()` and `stack_type_name()` in arch/x86/kernel/dumpstack*.c (`<EOE>` and `<<EOE>>` before
//! 4.10), `show_stack()` in arch/powerpc/kernel/process.c, crash's `bt`.

use crate::facts::StackContext;

/// What a mark does to the frames below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// The frames below stood on this stack.
    Enter(StackContext),
    /// The frames below are those of the code that was interrupted.
    Leave,
    /// The task's own stack; interrupted where another stack came before.
    Task,
    /// Says nothing about the frames below.
    Neutral,
}

/// Every mark that stands in angle brackets.
const MARKS: &[(&str, Mark)] = &[
    ("<IRQ>", Mark::Enter(StackContext::Irq)),
    ("<HARDIRQ>", Mark::Enter(StackContext::Irq)),
    ("</IRQ>", Mark::Leave),
    ("</HARDIRQ>", Mark::Leave),
    ("<EOI>", Mark::Leave),
    ("<NMI>", Mark::Enter(StackContext::Nmi)),
    ("</NMI>", Mark::Leave),
    ("<EOE>", Mark::Leave),
    ("<<EOE>>", Mark::Leave),
    ("<TASK>", Mark::Task),
    ("</TASK>", Mark::Neutral),
    ("<SOFTIRQ>", Mark::Enter(StackContext::Exception)),
    ("</SOFTIRQ>", Mark::Leave),
    ("<ENTRY_TRAMPOLINE>", Mark::Enter(StackContext::Exception)),
    ("</ENTRY_TRAMPOLINE>", Mark::Leave),
    ("<SYSENTER>", Mark::Enter(StackContext::Exception)),
    ("</SYSENTER>", Mark::Leave),
];

/// Reads a mark at the start of `text`: what it does, and the rest of the line.
pub(crate) fn mark(text: &str) -> Option<(Mark, &str)> {
    if !text.starts_with('<') {
        return exception_break(text).map(|()| (Mark::Leave, ""));
    }
    if let Some(found) = MARKS.iter().find_map(|(name, mark)| Some((*mark, text.strip_prefix(name)?))) {
        return Some(found);
    }
    // <#DF>, </#DB>, <#MC>, <#VC>, <#VC2>; before 4.10 <#DB[1]>
    let closes = text.starts_with("</#");
    let inside = text.strip_prefix(if closes { "</#" } else { "<#" })?;
    let (name, rest) = inside.split_once('>')?;
    let known = (1..=8).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"[]".contains(&b));
    let mark = if closes { Mark::Leave } else { Mark::Enter(StackContext::Exception) };
    known.then_some((mark, rest))
}

/// `--- Exception: 901 at …` and `--- interrupt: c00 at …` (powerpc), `--- <IRQ stack> ---` (crash): whole lines.
fn exception_break(text: &str) -> Option<()> {
    ["--- Exception: ", "--- interrupt: ", "--- <"].iter().any(|head| text.starts_with(head)).then_some(())
}

/// Follows the marks of one trace.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stack {
    context: StackContext,
    left_one: bool,
}

impl Stack {
    /// Takes a mark.
    pub(crate) fn apply(&mut self, mark: Mark) {
        match mark {
            Mark::Enter(context) => {
                self.context = context;
                self.left_one = true;
            }
            Mark::Leave => {
                self.context = StackContext::Interrupted;
                self.left_one = true;
            }
            Mark::Task if self.left_one => self.context = StackContext::Interrupted,
            Mark::Task => self.context = StackContext::Task,
            Mark::Neutral => {}
        }
    }

    /// The stack of the next frame.
    pub(crate) fn context(self) -> StackContext {
        self.context
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use StackContext::{Exception, Interrupted, Irq, Nmi, Task};

    fn walk(lines: &[&str]) -> Vec<StackContext> {
        let mut stack = Stack::default();
        let mut seen = Vec::new();
        for line in lines {
            match mark(line) {
                Some((found, _)) => stack.apply(found),
                None => seen.push(stack.context()),
            }
        }
        seen
    }

    #[test]
    fn below_an_interrupt_stands_the_interrupted_task() {
        assert_eq!(walk(&["f", "<IRQ>", "f", "<EOI>", "f"]), [Task, Irq, Interrupted]);
        assert_eq!(walk(&["<NMI>", "f", "<<EOE>>", "f"]), [Nmi, Interrupted]);
        assert_eq!(walk(&["<NMI>", "f", "</NMI>", "<TASK>", "f", "</TASK>"]), [Nmi, Interrupted]);
        assert_eq!(walk(&["<TASK>", "f", "</TASK>"]), [Task]);
        assert_eq!(walk(&["<#DF>", "f", "</#DF>", "f"]), [Exception, Interrupted]);
        assert_eq!(walk(&["f", "--- Exception: 901 at acme_idle+0x8c/0xdc", "f"]), [Task, Interrupted]);
    }

    #[test]
    fn bytes_of_a_code_line_are_no_marks() {
        assert_eq!(mark("<0f> 0b 48"), None);
        assert_eq!(mark("<d> ffffffff"), None);
        assert_eq!(mark("<#not a mark> x"), None);
    }
}
