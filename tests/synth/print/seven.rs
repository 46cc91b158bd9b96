//! 3.10 (RHEL 7).

use super::Printer;
use crate::synth::event::Kind;
use crate::synth::kernel::Dialect;

impl Printer<'_> {
    /// Any event but a hung task.
    pub(super) fn seven(&mut self) {
        match self.event.kind.clone() {
            Kind::Warning(file, line) => self.seven_warning(file, line),
            Kind::SoftLockup(seconds) => {
                let (cpu, comm, pid) = (self.event.cpu, self.event.comm.clone(), self.event.pid);
                self.line(format!("NMI watchdog: BUG: soft lockup - CPU#{cpu} stuck for {seconds}s! [{comm}:{pid}]"));
                self.seven_state();
                self.code_bytes("code");
            }
            Kind::HardLockup => {
                let cpu = self.event.cpu;
                self.line(format!("NMI watchdog: Watchdog detected hard LOCKUP on cpu {cpu}"));
                self.seven_state();
                self.code_bytes("code");
            }
            Kind::Panic(message) => {
                self.line(format!("Kernel panic - not syncing: {message}"));
                self.seven_cpu();
                self.hardware();
                self.line("Call Trace:");
                self.frames(&Self::helpers("dump_stack panic"));
            }
            _ => self.seven_oops(),
        }
    }

    fn late(&self) -> bool {
        self.machine.dialect() == Dialect::El79
    }

    fn seven_oops(&mut self) {
        let located = self.located(&self.event.ip);
        let die = match self.event.kind.clone() {
            Kind::NullDeref(address) => {
                self.line(format!("BUG: unable to handle kernel NULL pointer dereference at {address:016x}"));
                self.line(format!("IP: {located}"));
                self.page_tables();
                "Oops"
            }
            Kind::PagingRequest(address) => {
                self.line(format!("BUG: unable to handle kernel paging request at {address:016x}"));
                self.line(format!("IP: {located}"));
                self.page_tables();
                "Oops"
            }
            Kind::BugAt(file, line) => {
                if let Some(text) = self.event.text.clone() {
                    self.line(text);
                }
                self.line("------------[ cut here ]------------");
                self.line(format!("kernel BUG at {file}:{line}!"));
                "invalid opcode"
            }
            Kind::DivideError => "divide error",
            _ => "general protection fault",
        };
        self.line(format!("{die}: 0000 [#{}] SMP ", self.oops));
        self.seven_state();
        self.code_bytes("code");
        self.line(format!("RIP  {located}"));
        let rsp = self.stack_base() + 0x3d98;
        self.line(format!(" RSP <{rsp:016x}>"));
        if matches!(self.event.kind, Kind::NullDeref(_) | Kind::PagingRequest(_)) {
            self.line(format!("CR2: {:016x}", self.fault_address()));
        }
        self.end_trace();
        self.kernel_panic();
    }

    fn seven_cpu(&mut self) {
        let kdump = if self.late() && self.machine.kdump { "Kdump: loaded " } else { "" };
        let (cpu, pid, comm) = (self.event.cpu, self.event.pid, self.event.comm.clone());
        let (taint, release) = (self.taint(), self.release());
        self.line(format!("CPU: {cpu} PID: {pid} Comm: {comm} {kdump}{taint} {release}"));
    }

    /// Modules, CPU line, hardware, registers, trace.
    fn seven_state(&mut self) {
        self.linked_in();
        self.seven_cpu();
        self.hardware();
        if let Some((name, code)) = self.event.workqueue.clone() {
            let module = code.module.map(|m| format!(" [{m}]")).unwrap_or_default();
            self.line(format!("Workqueue: {name} {}{module}", code.symbol));
        }
        let (task, stack) = (self.task(), self.stack_base());
        self.line(format!("task: {task:016x} ti: {stack:016x} task.ti: {stack:016x}"));
        let address = self.address(&self.event.ip);
        let located = self.located(&self.event.ip);
        self.line(format!("RIP: 0010:[<{address:016x}>]  {located}"));
        self.registers();
        if !self.late() {
            self.line("Stack:");
            self.stack_words(" ");
        }
        self.line("Call Trace:");
        self.frames(&[]);
    }

    fn seven_warning(&mut self, file: &str, line: u32) {
        let code = self.code(&self.event.ip);
        self.line("------------[ cut here ]------------");
        let (cpu, pid) = (self.event.cpu, self.event.pid);
        self.line(if self.late() {
            format!("WARNING: CPU: {cpu} PID: {pid} at {file}:{line} {code}")
        } else {
            format!("WARNING: at {file}:{line} {code}()")
        });
        if let Some(text) = self.event.text.clone() {
            self.line(text);
        }
        self.linked_in();
        self.seven_cpu();
        self.hardware();
        if !self.late() {
            self.stack_words(" ");
        }
        self.line("Call Trace:");
        let text = self.event.text.is_some();
        self.frames(&Self::helpers(match (self.late(), text) {
            (true, true) => "dump_stack __warn warn_slowpath_fmt",
            (true, false) => "dump_stack __warn warn_slowpath_null",
            (false, true) => "dump_stack warn_slowpath_common warn_slowpath_fmt",
            (false, false) => "dump_stack warn_slowpath_common warn_slowpath_null",
        }));
        self.end_trace();
    }
}
