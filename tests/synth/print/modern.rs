//! 4.18 (RHEL 8), 5.14 (RHEL 9, SLE 15 SP5), 6.8 (Ubuntu 24.04), 6.12 (RHEL 10).

use super::Printer;
use crate::synth::event::{Kind, TraceLine};
use crate::synth::kernel::Dialect;
use crate::synth::numbers::hex;

impl Printer<'_> {
    /// Any event but a hung task.
    pub(super) fn modern(&mut self) {
        match self.event.kind.clone() {
            Kind::Warning(file, line) => self.modern_warning(file, line),
            Kind::SoftLockup(seconds) => {
                let (cpu, comm, pid) = (self.event.cpu, self.event.comm.clone(), self.event.pid);
                self.line(format!("watchdog: BUG: soft lockup - CPU#{cpu} stuck for {seconds}s! [{comm}:{pid}]"));
                self.modern_state_after_list();
            }
            Kind::HardLockup => {
                let cpu = self.event.cpu;
                let prefix = if self.machine.dialect() == Dialect::El10 { "watchdog" } else { "NMI watchdog" };
                self.line(format!("{prefix}: Watchdog detected hard LOCKUP on cpu {cpu}"));
                self.modern_state_after_list();
            }
            Kind::Panic(message) => {
                self.line(format!("Kernel panic - not syncing: {message}"));
                self.modern_cpu();
                self.hardware();
                self.modern_trace("dump_stack_lvl panic");
                self.kernel_offset(&message);
            }
            _ => self.modern_oops(),
        }
    }

    fn eight(&self) -> bool {
        self.machine.dialect() == Dialect::El8
    }

    /// Whether the CPU line ends in the preemption model: 6.12.0-116 of RHEL 10 and later.
    fn names_preemption(&self) -> bool {
        let build = self.machine.kernel.release.strip_prefix("6.12.0-").and_then(|rest| rest.split('.').next());
        build.and_then(|build| build.parse::<u32>().ok()).is_some_and(|build| build >= 116)
    }

    /// `0000 [#1] SMP NOPTI`.
    fn die_tail(&self) -> String {
        let preempt = if self.eight() || self.names_preemption() { "" } else { "PREEMPT " };
        format!("0000 [#{}] {preempt}SMP NOPTI", self.oops)
    }

    fn modern_headline(&mut self) {
        let tail = self.die_tail();
        let oops = if self.machine.dialect() == Dialect::El10 { "Oops: " } else { "" };
        match self.event.kind.clone() {
            Kind::NullDeref(address) | Kind::PagingRequest(address) => {
                let null = matches!(self.event.kind, Kind::NullDeref(_));
                self.line(match (self.eight(), null) {
                    (true, true) => format!("BUG: unable to handle kernel NULL pointer dereference at {address:016x}"),
                    (true, false) => format!("BUG: unable to handle kernel paging request at {address:016x}"),
                    (false, true) => format!("BUG: kernel NULL pointer dereference, address: {address:016x}"),
                    (false, false) => format!("BUG: unable to handle page fault for address: {address:016x}"),
                });
                if !self.eight() {
                    self.line("#PF: supervisor read access in kernel mode");
                    self.line("#PF: error_code(0x0000) - not-present page");
                }
                self.page_tables();
                self.line(format!("{oops}Oops: {tail}"));
            }
            Kind::BugAt(file, line) => {
                if let Some(text) = self.event.text.clone() {
                    self.line(text);
                }
                self.line("------------[ cut here ]------------");
                self.line(format!("kernel BUG at {file}:{line}!"));
                self.line(format!("{oops}invalid opcode: {tail}"));
            }
            Kind::DivideError => self.line(format!("{oops}divide error: {tail}")),
            _ if self.eight() => self.line(format!("general protection fault: {tail}")),
            _ => {
                let address = format!("dead{}", hex(&self.seed("gpf"), 12));
                self.line(format!(
                    "{oops}general protection fault, probably for non-canonical address 0x{address}: {tail}"
                ));
            }
        }
    }

    fn modern_oops(&mut self) {
        self.modern_headline();
        self.modern_cpu();
        self.hardware();
        self.modern_workqueue();
        self.modern_rip();
        self.modern_trace("");
        self.linked_in();
        if matches!(self.event.kind, Kind::NullDeref(_) | Kind::PagingRequest(_)) {
            self.line(format!("CR2: {:016x}", self.fault_address()));
        }
        self.end_trace();
        self.modern_rip();
        self.kernel_panic();
    }

    fn modern_cpu(&mut self) {
        let ten = self.machine.dialect() == Dialect::El10;
        let uid = if ten { "UID: 0 " } else { "" };
        let kdump = if self.machine.kdump && self.machine.dialect() != Dialect::Ubuntu { "Kdump: loaded " } else { "" };
        let (cpu, pid, comm) = (self.event.cpu, self.event.pid, self.event.comm.clone());
        let (taint, release) = (self.taint(), self.release());
        let preempt = if self.names_preemption() { " PREEMPT(voluntary) " } else { "" };
        self.line(format!("CPU: {cpu} {uid}PID: {pid} Comm: {comm} {kdump}{taint} {release}{preempt}"));
        if ten && taint != "Not tainted" {
            let names = self.machine.kernel.taint_names(&self.taints);
            self.line(format!("Tainted: {names}"));
        }
    }

    fn modern_workqueue(&mut self) {
        if let Some((name, code)) = self.event.workqueue.clone() {
            let module = code.module.map(|m| format!(" [{m}]")).unwrap_or_default();
            self.line(format!("Workqueue: {name} {}{module}", code.symbol));
        }
    }

    /// `RIP:`, code and registers.
    fn modern_rip(&mut self) {
        let code = self.code(&self.event.ip);
        self.line(format!("RIP: 0010:{code}"));
        self.code_bytes("code");
        self.registers();
    }

    fn modern_trace(&mut self, first: &str) {
        self.line("Call Trace:");
        self.frames(&Self::helpers(first));
        let from_user = |line: &TraceLine| matches!(line, TraceLine::Frame { code, .. } if code.symbol.starts_with("entry_SYSCALL"));
        if self.event.trace.last().is_some_and(from_user) {
            // The registers belong before the closing tag, where there is one.
            let closing = self.lines.pop_if(|line| line == " </TASK>");
            self.user_registers();
            self.lines.extend(closing);
        }
    }

    fn modern_state_after_list(&mut self) {
        self.linked_in();
        self.modern_cpu();
        self.hardware();
        self.modern_workqueue();
        self.modern_rip();
        self.modern_trace("");
    }

    fn modern_warning(&mut self, file: &str, line: u32) {
        self.line("------------[ cut here ]------------");
        if let Some(text) = self.event.text.clone() {
            self.line(text);
        }
        let code = self.code(&self.event.ip);
        let (cpu, pid) = (self.event.cpu, self.event.pid);
        self.line(format!("WARNING: CPU: {cpu} PID: {pid} at {file}:{line} {code}"));
        self.modern_state_after_list();
        self.end_trace();
    }
}
