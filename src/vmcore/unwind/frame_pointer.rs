//! Frame pointers: each frame starts with the caller's frame pointer and the return address.
//!
//! x86_64 kernels built with `CONFIG_FRAME_POINTER` (RHEL 7) and all arm64 kernels keep them. x86_64 entry code since
//! 4.9 marks a `pt_regs` by bit 0 of the frame pointer; before, the return address into the entry code stands right
//! below one. Source: arch/x86/kernel/unwind_frame.c, arch/x86/kernel/entry_64.S of 3.10, arch/arm64/kernel/stacktrace.c.

use super::super::error::MemoryError;
use super::super::kernel::Kernel;
use super::super::registers::{PT_REGS, Registers};
use super::super::symbolize::Symbolizer;
use super::super::translate::Machine;
use super::Step;

/// Where kernel addresses start on all machines that keep frame pointers.
const KERNEL: u64 = 0xffff_0000_0000_0000;
/// Entry code of x86_64 before 4.9 that calls a handler with a `pt_regs` right above.
const OLD_ENTRIES: [&str; 14] = [
    "page_fault",
    "async_page_fault",
    "invalid_op",
    "general_protection",
    "divide_error",
    "double_fault",
    "stack_segment",
    "alignment_check",
    "int3",
    "debug",
    "xen_int3",
    "machine_check",
    "nmi",
    "error_sti",
];

/// One step outwards.
pub(super) fn step(kernel: &Kernel, symbolizer: &Symbolizer, at: Registers) -> Step {
    let memory = &kernel.memory;
    if let Some(registers) = marked_registers(kernel, at.bp) {
        return interrupted(memory.bytes(registers, PT_REGS as u64, PT_REGS as u64, "registers"), kernel);
    }
    if is_old_entry(symbolizer, at.ip) {
        // The frame that was just left is the handler's; the registers it was called with stand right above it.
        return interrupted(memory.bytes(at.sp, PT_REGS as u64, PT_REGS as u64, "registers"), kernel);
    }
    if at.bp == 0 {
        return Step::End;
    }
    if at.bp < KERNEL || !at.bp.is_multiple_of(8) {
        return Step::Lost(format!("the frame pointer {:#x} is none", at.bp));
    }
    let frame = memory.u64(at.bp).and_then(|bp| Ok((bp, memory.u64(at.bp.wrapping_add(8))?)));
    let (bp, ip) = match frame {
        Ok(frame) => frame,
        Err(error) => return Step::Lost(format!("the frame at {:#x}: {error}", at.bp)),
    };
    let ip = strip_authentication(kernel, ip);
    let next = Registers { ip, bp, sp: at.bp.wrapping_add(16), ..at.without_scratch() };
    match ip {
        0 => Step::End,
        ip if symbolizer.is_code(ip) => Step::Caller(next),
        ip => Step::Lost(format!("the return address {ip:#x} at {:#x} is not in code", at.bp.wrapping_add(8))),
    }
}

/// The address of a `pt_regs` that a frame pointer is marked to point at (x86_64 since 4.9).
fn marked_registers(kernel: &Kernel, bp: u64) -> Option<u64> {
    let marked = kernel.memory.translator().machine() == Machine::X86_64 && bp & 1 == 1 && bp >= KERNEL;
    marked.then_some(bp & !1)
}

fn is_old_entry(symbolizer: &Symbolizer, ip: u64) -> bool {
    let place = symbolizer.return_place(ip);
    place.and_then(|place| place.symbol).is_some_and(|symbol| OLD_ENTRIES.contains(&symbol.as_str()))
}

/// The registers of the interrupted place, if they are some.
fn interrupted(bytes: Result<Vec<u8>, MemoryError>, kernel: &Kernel) -> Step {
    match bytes.map(|bytes| Registers::from_pt_regs(&bytes, kernel.memory.endian())) {
        Ok(Some(registers)) => Step::Interrupted(registers),
        Ok(None) => Step::Lost("registers on the stack are cut short".to_owned()),
        Err(error) => Step::Lost(format!("registers on the stack: {error}")),
    }
}

/// Return addresses of arm64 kernels may be signed in their upper bits.
fn strip_authentication(kernel: &Kernel, ip: u64) -> u64 {
    match kernel.info.number("KERNELPACMASK") {
        Some(mask) if ip != 0 => ip | mask,
        _ => ip,
    }
}
