//! 2.6.18 (RHEL 5) and 2.6.32 (RHEL 6).

use super::Printer;
use crate::synth::event::Kind;
use crate::synth::kernel::Dialect;

impl Printer<'_> {
    /// Any event but a hung task.
    pub(super) fn old(&mut self) {
        match self.event.kind.clone() {
            Kind::Warning(file, line) => self.old_warning(file, line),
            Kind::SoftLockup(seconds) => self.old_lockup(seconds),
            Kind::HardLockup => {
                let cpu = self.event.cpu;
                self.line(match self.machine.dialect() {
                    Dialect::El5 => format!("NMI Watchdog detected LOCKUP on CPU {cpu}"),
                    _ => format!("Kernel panic - not syncing: Watchdog detected hard LOCKUP on cpu {cpu}"),
                });
                self.old_state();
            }
            Kind::Panic(message) => {
                self.line(format!("Kernel panic - not syncing: {message}"));
                self.old_panic_trace();
            }
            _ => self.old_oops(),
        }
    }

    fn five(&self) -> bool {
        self.machine.dialect() == Dialect::El5
    }

    fn old_oops(&mut self) {
        self.old_headline();
        self.line("last sysfs file: /sys/devices/pci0000:00/0000:00:1f.2/host0/target0:0:0/0:0:0:0/block/sda/stat");
        self.old_state();
        if self.five() {
            self.line("");
        }
        self.code_bytes("code");
        let located = self.located(&self.event.ip);
        self.line(format!("RIP  {located}"));
        let rsp = self.stack_base() + 0x3d98;
        self.line(format!(" RSP <{rsp:016x}>"));
        if matches!(self.event.kind, Kind::NullDeref(_) | Kind::PagingRequest(_)) {
            self.line(format!("CR2: {:016x}", self.fault_address()));
        }
        if !self.five() {
            self.end_trace();
        }
        self.kernel_panic();
    }

    fn old_headline(&mut self) {
        let located = self.located(&self.event.ip);
        let number = if self.five() { format!("[{}]", self.oops) } else { format!("[#{}]", self.oops) };
        let die = match self.event.kind.clone() {
            Kind::NullDeref(address) | Kind::PagingRequest(address) => {
                let what = match self.event.kind {
                    Kind::NullDeref(_) => "NULL pointer dereference",
                    _ => "paging request",
                };
                if self.five() {
                    self.line(format!("Unable to handle kernel {what} at {address:016x} RIP: "));
                    self.line(format!(" {located}"));
                } else {
                    self.line(format!("BUG: unable to handle kernel {what} at {address:016x}"));
                    self.line(format!("IP: {located}"));
                }
                self.page_tables();
                "Oops"
            }
            Kind::BugAt(file, line) => {
                if let Some(text) = self.event.text.clone() {
                    self.line(text);
                }
                if self.five() {
                    self.line("----------- [cut here ] --------- [please bite here ] ---------");
                    self.line(format!("Kernel BUG at {file}:{line}"));
                } else {
                    self.line("------------[ cut here ]------------");
                    self.line(format!("kernel BUG at {file}:{line}!"));
                }
                "invalid opcode"
            }
            Kind::DivideError => "divide error",
            _ => "general protection fault",
        };
        self.line(format!("{die}: 0000 {number} SMP "));
    }

    /// CPU, modules, process, registers, stack and trace.
    fn old_state(&mut self) {
        self.line(format!("CPU {} ", self.event.cpu));
        self.linked_in();
        if !self.five() {
            self.line("");
        }
        self.old_pid();
        let address = self.address(&self.event.ip);
        let located = self.located(&self.event.ip);
        self.line(format!("RIP: 0010:[<{address:016x}>]  {located}"));
        self.registers();
        let (comm, pid) = (self.event.comm.clone(), self.event.pid);
        let (stack, task) = (self.stack_base(), self.task());
        self.line(format!("Process {comm} (pid: {pid}, threadinfo {stack:016x}, task {task:016x})"));
        if self.five() {
            let words: Vec<String> = (1..5).map(|n| format!("{:016x}", stack + n * 0x120)).collect();
            self.line(format!("Stack:  {}", words.join(" ")));
        } else {
            self.line("Stack:");
            self.stack_words("<d> ");
        }
        self.line("Call Trace:");
        self.frames(&[]);
    }

    fn old_pid(&mut self) {
        let hardware = if self.five() {
            String::new()
        } else {
            format!(" {} {}/Board", self.machine.hardware.0, self.machine.hardware.1)
        };
        let (taint, release) = (self.taint(), self.release());
        self.line(format!("Pid: {}, comm: {} {taint} {release}{hardware}", self.event.pid, self.event.comm));
    }

    fn old_warning(&mut self, file: &str, line: u32) {
        let code = self.code(&self.event.ip);
        if self.five() {
            self.line(format!("WARNING: at {file}:{line} {}()", self.event.ip.symbol));
            self.line("");
            self.line("Call Trace:");
            self.frames(&[]);
            self.line("");
            return;
        }
        self.line("------------[ cut here ]------------");
        let taint = self.taint();
        self.line(format!("WARNING: at {file}:{line} {code}() ({taint})"));
        let product = self.machine.hardware.1.clone();
        self.line(format!("Hardware name: {product}"));
        if let Some(text) = self.event.text.clone() {
            self.line(text);
        }
        self.linked_in();
        self.old_pid();
        self.line("Call Trace:");
        self.frames(&Self::helpers(if self.event.text.is_some() {
            "?warn_slowpath_common ?warn_slowpath_fmt"
        } else {
            "?warn_slowpath_common ?warn_slowpath_null"
        }));
        self.end_trace();
    }

    fn old_lockup(&mut self, seconds: u32) {
        let (cpu, comm, pid) = (self.event.cpu, self.event.comm.clone(), self.event.pid);
        self.line(format!("BUG: soft lockup - CPU#{cpu} stuck for {seconds}s! [{comm}:{pid}]"));
        if self.five() {
            self.line(format!("CPU {cpu}:"));
            self.linked_in();
            self.old_pid();
            let address = self.address(&self.event.ip);
            let located = self.located(&self.event.ip);
            self.line(format!("RIP: 0010:[<{address:016x}>]  {located}"));
            self.registers();
            self.line("");
            self.line("Call Trace:");
            self.frames(&[]);
            self.line("");
        } else {
            self.linked_in();
            self.old_state();
            self.code_bytes("code");
        }
    }

    /// The trace that 2.6.32 prints in a panic; 2.6.18 prints none.
    pub(super) fn old_panic_trace(&mut self) {
        if self.five() {
            return;
        }
        if self.event.is_oops() {
            self.taints.push('D');
        }
        let (taint, release) = (self.taint(), self.release());
        self.line(format!("Pid: {}, comm: {} {taint} {release}", self.event.pid, self.event.comm));
        self.line("Call Trace:");
        if self.event.is_oops() {
            let helpers = Self::helpers(
                "?panic ?oops_end ?no_context ?__bad_area_nosemaphore ?bad_area ?do_page_fault ?page_fault",
            );
            self.frames(&helpers);
        } else {
            self.frames(&Self::helpers("?panic"));
        }
    }
}
