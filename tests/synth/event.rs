//! A kernel event: what happened, where, and through which calls. How a kernel prints it is in `print`.
//!
//! Code is written as `symbol[module]`, or `symbol` for the kernel image; in a trace a leading `?` is stack residue, and
//! `<IRQ>`, `</IRQ>`, `<EOI>`, `<NMI>`, `</NMI>` are the kernel's own marks.

/// A function, and the module it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// Function.
    pub symbol: String,
    /// Module; `None` for the kernel image.
    pub module: Option<String>,
}

impl Code {
    /// Reads `symbol[module]` or `symbol`.
    pub fn new(text: &str) -> Self {
        match text.split_once('[') {
            Some((symbol, module)) => {
                Self { symbol: symbol.to_owned(), module: Some(module.trim_end_matches(']').to_owned()) }
            }
            None => Self { symbol: text.to_owned(), module: None },
        }
    }
}

/// One line of a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TraceLine {
    /// A frame.
    Frame {
        /// Where.
        code: Code,
        /// Stack residue: printed with `?`.
        stale: bool,
    },
    /// A mark such as `<IRQ>`.
    Mark(String),
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// NULL pointer dereference at a small address.
    NullDeref(u64),
    /// Page fault at an address.
    PagingRequest(u64),
    /// General protection fault.
    Gpf,
    /// Divide error.
    DivideError,
    /// `BUG()` at a file and line.
    BugAt(&'static str, u32),
    /// `WARN()` at a file and line.
    Warning(&'static str, u32),
    /// Soft lockup after so many seconds.
    SoftLockup(u32),
    /// Hard lockup.
    HardLockup,
    /// Task blocked for so many seconds.
    HungTask(u32),
    /// `panic()` by itself, with its message.
    Panic(String),
}

/// One event.
#[derive(Clone, Debug)]
pub struct Event {
    /// What happened.
    pub kind: Kind,
    /// CPU.
    pub cpu: u32,
    /// Process id.
    pub pid: u32,
    /// Command.
    pub comm: String,
    /// Instruction pointer.
    pub ip: Code,
    /// Trace, innermost first.
    pub trace: Vec<TraceLine>,
    /// The text of a `WARN(…, text)`, or a line that comes right before a `BUG()` (`list_add corruption. …`).
    pub text: Option<String>,
    /// The message of the panic that follows.
    pub panic: Option<String>,
    /// `Workqueue: NAME FUNCTION [MODULE]`.
    pub workqueue: Option<(String, Code)>,
    /// Taint letters beside those of the modules.
    pub extra_taint: String,
}

impl Event {
    /// An event of a kind in an unremarkable process.
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            cpu: 3,
            pid: 4711,
            comm: "java".to_owned(),
            ip: Code::new("strlen"),
            trace: Vec::new(),
            text: None,
            panic: None,
            workqueue: None,
            extra_taint: String::new(),
        }
    }

    /// A NULL pointer dereference at offset 0x28.
    pub fn null_deref() -> Self {
        Self::new(Kind::NullDeref(0x28))
    }

    /// A page fault.
    pub fn paging_request(address: u64) -> Self {
        Self::new(Kind::PagingRequest(address))
    }

    /// A general protection fault.
    pub fn gpf() -> Self {
        Self::new(Kind::Gpf)
    }

    /// A divide error.
    pub fn divide_error() -> Self {
        Self::new(Kind::DivideError)
    }

    /// A `BUG()`.
    pub fn bug_at(file: &'static str, line: u32) -> Self {
        Self::new(Kind::BugAt(file, line))
    }

    /// A `WARN()`.
    pub fn warning(file: &'static str, line: u32) -> Self {
        Self::new(Kind::Warning(file, line))
    }

    /// A soft lockup.
    pub fn soft_lockup(seconds: u32) -> Self {
        Self::new(Kind::SoftLockup(seconds))
    }

    /// A hard lockup.
    pub fn hard_lockup() -> Self {
        Self::new(Kind::HardLockup)
    }

    /// A hung task.
    pub fn hung_task(seconds: u32) -> Self {
        Self::new(Kind::HungTask(seconds)).ip("schedule")
    }

    /// A panic by itself.
    pub fn panic(message: &str) -> Self {
        Self::new(Kind::Panic(message.to_owned())).ip("panic")
    }

    /// `echo c > /proc/sysrq-trigger`, as the kernel's fault tells it; the `SysRq` line itself goes in the log before it.
    pub fn sysrq_crash() -> Self {
        Self::new(Kind::NullDeref(0))
            .process("bash", 2718)
            .ip("sysrq_handle_crash")
            .trace("__handle_sysrq.cold write_sysrq_trigger proc_reg_write vfs_write ksys_write do_syscall_64 entry_SYSCALL_64_after_hwframe")
            .then_panic("Fatal exception")
    }

    /// Sets the instruction pointer: `symbol[module]`.
    pub fn ip(mut self, code: &str) -> Self {
        self.ip = Code::new(code);
        self
    }

    /// Adds frames and marks, innermost first: `"acmefs_read[acmefs] vfs_read ?dput <IRQ> …"`.
    pub fn trace(mut self, lines: &str) -> Self {
        self.trace.extend(lines.split_whitespace().map(|word| match word.strip_prefix('?') {
            Some(code) => TraceLine::Frame { code: Code::new(code), stale: true },
            None if word.starts_with('<') => TraceLine::Mark(word.to_owned()),
            None => TraceLine::Frame { code: Code::new(word), stale: false },
        }));
        self
    }

    /// Sets command and process id.
    pub fn process(mut self, comm: &str, pid: u32) -> Self {
        self.comm = comm.to_owned();
        self.pid = pid;
        self
    }

    /// Sets the CPU.
    pub fn cpu(mut self, cpu: u32) -> Self {
        self.cpu = cpu;
        self
    }

    /// Sets the text of a warning, or the line before a `BUG()`.
    pub fn text(mut self, text: &str) -> Self {
        self.text = Some(text.to_owned());
        self
    }

    /// Lets a panic follow.
    pub fn then_panic(mut self, message: &str) -> Self {
        self.panic = Some(message.to_owned());
        self
    }

    /// Sets the workqueue and its function: `("events", "netvend_reset[netvend]")`.
    pub fn workqueue(mut self, name: &str, code: &str) -> Self {
        self.workqueue = Some((name.to_owned(), Code::new(code)));
        self
    }

    /// Adds taint letters beside those of the modules and of earlier events.
    pub fn taint(mut self, letters: &str) -> Self {
        self.extra_taint.push_str(letters);
        self
    }
}
