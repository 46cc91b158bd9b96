//! Registers of a CPU, from its NT_PRSTATUS note or from a `pt_regs` on a stack.
//!
//! `struct elf_prstatus` of 64-bit machines has `pr_pid` at 32 and `pr_reg` at 112. Source: include/linux/elfcore.h,
//! arch/*/include/asm/{elf,ptrace}.h.

use super::bytes::Endian;
use super::translate::Machine;

/// Offset of `pr_reg`.
const PR_REG: usize = 112;
/// Bytes of x86_64's `pt_regs`.
pub(crate) const PT_REGS: usize = 168;
/// Bytes of the part that the processor pushes.
pub(crate) const IRET_FRAME: usize = 40;

/// Registers that a backtrace needs; those that are not known are `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Registers {
    /// Instruction pointer.
    pub(crate) ip: u64,
    /// Stack pointer.
    pub(crate) sp: u64,
    /// Frame pointer (rbp, x29).
    pub(crate) bp: u64,
    /// Scratch registers that ORC entries name: rdx, rdi, r10, r13.
    pub(crate) dx: Option<u64>,
    pub(crate) di: Option<u64>,
    pub(crate) r10: Option<u64>,
    pub(crate) r13: Option<u64>,
    /// Whether the CPU was in user mode.
    pub(crate) user: bool,
}

impl Registers {
    /// The registers in an NT_PRSTATUS descriptor.
    pub(crate) fn from_prstatus(note: &[u8], endian: Endian, machine: Machine) -> Option<Self> {
        let registers = note.get(PR_REG..)?;
        let word = |index: usize| endian.u64(registers, 8 * index);
        match machine {
            // `user_regs_struct` starts like `pt_regs`.
            Machine::X86_64 => Self::from_pt_regs(registers, endian),
            Machine::Arm64 => Some(Self {
                ip: word(32)?,
                sp: word(31)?,
                bp: word(29)?,
                user: word(33)? & 0xf == 0,
                ..Self::default()
            }),
            Machine::Ppc64 => {
                Some(Self { ip: word(32)?, sp: word(1)?, user: word(33)? >> 14 & 1 == 1, ..Self::default() })
            }
            Machine::S390x => Some(Self {
                ip: word(1)?,
                sp: word(17)?,
                bp: word(13)?,
                user: word(0)? >> 48 & 1 == 1,
                ..Self::default()
            }),
        }
    }

    /// x86_64's `pt_regs`: r15 r14 r13 r12 bp bx r11 r10 r9 r8 ax cx dx si di orig_ax ip cs flags sp ss.
    pub(crate) fn from_pt_regs(bytes: &[u8], endian: Endian) -> Option<Self> {
        let word = |index: usize| endian.u64(bytes, 8 * index);
        Some(Self {
            ip: word(16)?,
            sp: word(19)?,
            bp: word(4)?,
            dx: word(12),
            di: word(14),
            r10: word(7),
            r13: word(2),
            user: word(17)? & 3 != 0,
        })
    }

    /// What an x86_64 processor pushes: ip cs flags sp ss. The rest is kept from before.
    pub(crate) fn with_iret_frame(self, bytes: &[u8], endian: Endian) -> Option<Self> {
        let word = |index: usize| endian.u64(bytes, 8 * index);
        Some(Self { ip: word(0)?, sp: word(3)?, user: word(1)? & 3 != 0, ..self.without_scratch() })
    }

    /// The same without the registers that a call does not keep.
    pub(crate) fn without_scratch(self) -> Self {
        Self { dx: None, di: None, r10: None, r13: None, ..self }
    }
}

/// `pr_pid` of an NT_PRSTATUS descriptor: the task that ran there (QEMU writes the number of the CPU, plus one).
pub(crate) fn pid_of_prstatus(note: &[u8], endian: Endian) -> Option<u32> {
    endian.u32(note, 32)
}
