//! Backtraces, by the best means that a dump allows.
//!
//! | means | needs | frames |
//! |---|---|---|
//! | ORC | unwind tables of the kernel and its modules (x86_64, 4.14 and later) | reliable |
//! | frame pointers | a kernel that keeps them (RHEL 7, arm64) | reliable |
//! | stack scan | the stack alone | every word that points into code, unreliable |

mod frame_pointer;
mod orc;
mod orc_entry;
mod scan;

use std::collections::HashSet;

use super::kernel::Kernel;
use super::registers::Registers;
use super::symbolize::{Place, Symbolizer};
use super::translate::Machine;
use crate::facts::{Frame, InstructionPointer, IpSource, StackContext};

/// Most frames of a backtrace.
const MAX_FRAMES: usize = 512;

/// A backtrace and how it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Backtrace {
    /// Where the CPU was: where the exception struck that led to the dump, else where it stood.
    pub(crate) ip: InstructionPointer,
    /// Frames from the innermost on, the place itself included.
    pub(crate) frames: Vec<Frame>,
    /// The means.
    pub(crate) by: &'static str,
    /// Why it ends early, if it does.
    pub(crate) problem: Option<String>,
}

/// Where a walk starts.
#[derive(Clone, Copy)]
struct Start {
    registers: Registers,
    struck: bool,
}

/// One step outwards.
pub(super) enum Step {
    /// To the caller.
    Caller(Registers),
    /// To what an interrupt or exception struck; the registers are those of that moment.
    Interrupted(Registers),
    /// The outermost frame was reached.
    End,
    /// The next frame cannot be found.
    Lost(String),
}

/// What stood between a handler and the code it interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    Exception,
    Interrupt,
    Nmi,
}

/// Entry code of NMIs, by name.
const NMI_ENTRIES: [&str; 5] = ["asm_exc_nmi", "nmi", "first_nmi", "repeat_nmi", "end_repeat_nmi"];
/// What names of interrupt entries start or end with.
const INTERRUPT_STARTS: [&str; 4] = ["asm_sysvec_", "asm_common_interrupt", "asm_spurious", "ret_from_intr"];
const INTERRUPT_ENDS: [&str; 1] = ["_interrupt"];

impl Entry {
    /// The kind of entry code, by its symbol.
    fn named(symbol: Option<&str>) -> Self {
        let Some(name) = symbol else { return Self::Exception };
        if NMI_ENTRIES.contains(&name) {
            return Self::Nmi;
        }
        let starts = INTERRUPT_STARTS.iter().any(|start| name.starts_with(start));
        match starts || INTERRUPT_ENDS.iter().any(|end| name.ends_with(end)) {
            true => Self::Interrupt,
            false => Self::Exception,
        }
    }
}

/// The backtrace from a CPU's registers.
pub(crate) fn backtrace(kernel: &Kernel, symbolizer: &Symbolizer, registers: Registers) -> Backtrace {
    from(kernel, symbolizer, registers, true)
}

/// The backtrace of a task that sleeps: it goes on at a return address.
pub(crate) fn backtrace_of_sleeper(kernel: &Kernel, symbolizer: &Symbolizer, registers: Registers) -> Backtrace {
    from(kernel, symbolizer, registers, false)
}

/// By the best means that the kernel allows. `struck` tells an instruction that did not finish from a return address.
fn from(kernel: &Kernel, symbolizer: &Symbolizer, registers: Registers, struck: bool) -> Backtrace {
    let start = Start { registers, struck };
    let walked = match kernel.memory.translator().machine() {
        Machine::X86_64 => match orc::Orc::of(kernel) {
            Ok(mut orc) => walk(symbolizer, start, "orc", &mut |r, signal| orc.step(kernel, symbolizer, r, signal)),
            Err(reason) => {
                let mut step = |r: Registers, _| frame_pointer::step(kernel, symbolizer, r);
                let walked = walk(symbolizer, start, "frame pointers", &mut step);
                // A kernel without frame pointers has other things in rbp: then nothing sensible comes of it.
                if walked.frames.len() < 3 { without(walked, &reason) } else { walked }
            }
        },
        Machine::Arm64 => {
            walk(symbolizer, start, "frame pointers", &mut |r, _| frame_pointer::step(kernel, symbolizer, r))
        }
        machine => {
            let reason = format!("stacks of {} are not unwound", machine.name());
            walk(symbolizer, start, "registers", &mut |_, _| Step::Lost(reason.clone()))
        }
    };
    match walked.frames.len() {
        0..=2 if walked.problem.is_some() => scan::add(kernel, symbolizer, registers, alone(walked)),
        _ => walked,
    }
}

/// A walk that did not leave its first frame was made by no means but the registers.
fn alone(walked: Backtrace) -> Backtrace {
    match walked.frames.len() {
        0 | 1 => Backtrace { by: "registers", ..walked },
        _ => walked,
    }
}

/// A walk that came to nothing, with the reason why no better means was there.
fn without(walked: Backtrace, reason: &str) -> Backtrace {
    let problem = walked.problem.unwrap_or_else(|| "frame pointers lead nowhere".to_owned());
    Backtrace { problem: Some(format!("{reason}; {problem}")), ..walked }
}

/// Steps outwards until the end. The step is told whether the place was struck by an exception (then it is an
/// instruction that did not finish) or is a return address (then the call before it is meant).
fn walk(
    symbolizer: &Symbolizer,
    start: Start,
    by: &'static str,
    step: &mut dyn FnMut(Registers, bool) -> Step,
) -> Backtrace {
    let Start { registers: mut at, mut struck } = start;
    let mut frames = vec![frame(symbolizer, at.ip, struck)];
    let mut entries: Vec<(usize, Entry)> = Vec::new();
    let mut seen = HashSet::new();
    let mut problem = None;
    while !at.user {
        if !seen.insert((at.ip, at.sp)) {
            problem = Some(format!("the stack leads back to {:#x}", at.sp));
            break;
        }
        if frames.len() >= MAX_FRAMES {
            problem = Some(format!("the stack has more than {MAX_FRAMES} frames"));
            break;
        }
        match step(at, struck) {
            Step::Caller(next) => (at, struck) = (next, false),
            Step::Interrupted(next) if next.user => break,
            Step::Interrupted(next) => {
                entries.push((frames.len(), Entry::named(frames.last().and_then(|f| f.symbol.as_deref()))));
                (at, struck) = (next, true);
            }
            Step::End => break,
            Step::Lost(reason) => {
                problem = Some(reason);
                break;
            }
        }
        frames.push(frame(symbolizer, at.ip, struck));
    }
    set_contexts(&mut frames, &entries);
    let fault = match entries.first() {
        Some(&(index, Entry::Exception | Entry::Nmi)) => frames.get(index),
        _ => frames.first(),
    };
    Backtrace { ip: instruction_pointer(fault), frames, by, problem }
}

/// A frame for an address.
fn frame(symbolizer: &Symbolizer, address: u64, struck: bool) -> Frame {
    let place = if struck { symbolizer.place(address) } else { symbolizer.return_place(address) };
    let Place { symbol, module, offset, size } = place.unwrap_or_default();
    Frame { symbol, module, offset, size, address: Some(address), reliable: true, ..Frame::default() }
}

/// Handlers of an exception or interrupt stand in its context; what an interrupt struck is not about the event.
fn set_contexts(frames: &mut [Frame], entries: &[(usize, Entry)]) {
    let mut interrupted = false;
    let mut entries = entries.iter().copied().peekable();
    for (index, frame) in frames.iter_mut().enumerate() {
        while let Some((_, entry)) = entries.next_if(|(start, _)| *start <= index) {
            interrupted |= entry != Entry::Exception;
        }
        frame.context = match entries.peek() {
            _ if interrupted => StackContext::Interrupted,
            Some((_, Entry::Exception)) => StackContext::Exception,
            Some((_, Entry::Interrupt)) => StackContext::Irq,
            Some((_, Entry::Nmi)) => StackContext::Nmi,
            None => StackContext::Task,
        };
    }
}

fn instruction_pointer(frame: Option<&Frame>) -> InstructionPointer {
    let Frame { symbol, module, offset, size, address, .. } = frame.cloned().unwrap_or_default();
    InstructionPointer { symbol, module, offset, size, address, placed: false, source: IpSource::Dump, line: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entry_code_is_told_by_its_name() {
        let rows = [
            ("asm_exc_page_fault", Entry::Exception),
            ("page_fault", Entry::Exception),
            ("invalid_op", Entry::Exception),
            ("asm_exc_nmi", Entry::Nmi),
            ("asm_sysvec_apic_timer_interrupt", Entry::Interrupt),
            ("apic_timer_interrupt", Entry::Interrupt),
            ("asm_common_interrupt", Entry::Interrupt),
            ("ret_from_intr", Entry::Interrupt),
        ];
        for (name, entry) in rows {
            assert_eq!(Entry::named(Some(name)), entry, "{name}");
        }
    }

    #[test]
    fn contexts_tell_handlers_from_what_they_struck() {
        let rows = [
            (vec![], "TTTT"),
            (vec![(2, Entry::Exception)], "EETT"),
            (vec![(1, Entry::Interrupt)], "IXXX"),
            (vec![(1, Entry::Exception), (3, Entry::Interrupt)], "EIIX"),
            (vec![(1, Entry::Nmi), (2, Entry::Exception)], "NXXX"),
        ];
        for (entries, expected) in rows {
            let mut frames = vec![Frame::default(); 4];
            set_contexts(&mut frames, &entries);
            let letter = |f: &Frame| match f.context {
                StackContext::Task => 'T',
                StackContext::Irq => 'I',
                StackContext::Nmi => 'N',
                StackContext::Exception => 'E',
                StackContext::Interrupted => 'X',
            };
            assert_eq!(frames.iter().map(letter).collect::<String>(), expected, "{entries:?}");
        }
    }
}
