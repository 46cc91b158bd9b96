//! `INFO: task … blocked for more than … seconds.`

use super::Printer;
use crate::synth::event::Kind;
use crate::synth::kernel::Dialect;

impl Printer<'_> {
    /// Header, taint line where the kernel has one, hint, task row, trace.
    pub(super) fn hung_task(&mut self) {
        let Kind::HungTask(seconds) = self.event.kind else { return };
        let (comm, pid) = (self.event.comm.clone(), self.event.pid);
        self.line(format!("INFO: task {comm}:{pid} blocked for more than {seconds} seconds."));
        // 2.6.18 and the 3.10 kernels do not say how they are tainted here.
        if !matches!(self.machine.dialect(), Dialect::El5 | Dialect::El71 | Dialect::El79) {
            let text = format!("      {} {}", self.taint(), self.release());
            self.line(text);
        }
        self.line("\"echo 0 > /proc/sys/kernel/hung_task_timeout_secs\" disables this message.");
        let row = self.task_row();
        self.line(row);
        match self.machine.dialect() {
            Dialect::El5 | Dialect::El6 => self.stack_words(" "),
            _ => {}
        }
        self.line("Call Trace:");
        let first = match self.machine.dialect() {
            Dialect::El5 | Dialect::El6 => "",
            _ => "__schedule schedule",
        };
        self.frames(&Self::helpers(first));
        if matches!(self.machine.dialect(), Dialect::El5) {
            self.line("");
        }
    }

    fn task_row(&self) -> String {
        let (comm, pid, task) = (&self.event.comm, self.event.pid, self.task());
        match self.machine.dialect() {
            Dialect::El5 => format!("{comm:<13} D {task:016x}     0 {pid:>5}      1          4713  4709 (NOTLB)"),
            Dialect::El6 => format!("{comm:<13} D {:016x}     0 {pid:>5}      1 0x00000080", self.event.cpu),
            Dialect::El71 | Dialect::El79 => format!("{comm:<15} D {task:016x}     0 {pid:>5}      1 0x00000080"),
            Dialect::El8 => format!("{comm:<15} D    0 {pid:>5}      1 0x80000080"),
            Dialect::El10 => {
                format!("task:{comm:<15} state:D stack:0     pid:{pid:<5} tgid:{pid:<5} ppid:1      flags:0x00004002")
            }
            _ => format!("task:{comm:<15} state:D stack:0     pid:{pid:<5} ppid:1      flags:0x00004002"),
        }
    }
}
