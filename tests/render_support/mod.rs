//! Reports made up for the tests of the outputs: a small builder, and the reports that the golden outputs show.

#![allow(dead_code)]

use std::sync::Arc;

use taintrace::facts::{
    EventKind, Frame, InstructionPointer, IpSource, KernelEvent, KernelRelease, LinkedIn, LinkedModule, ModuleFlags,
    Origin, PrintedTaint, Problem, Quotes, SignatureState, StackContext, Trigger,
};
use taintrace::taint::{Lineage, TaintFlag};
use taintrace::triage::{
    Cause, Confidence, Event, Group, HostHistory, HostReport, InputKind, Kernel, KernelTaint, Module, Owner,
    Provenance, Report, Role, Standing, Summary, Suspect, TreePlace,
};

mod cases;

pub use cases::*;

/// Flags for the taint of a kernel, by letter.
pub fn flags(letters: &str) -> Vec<&'static TaintFlag> {
    Lineage::Mainline.flags().iter().filter(|flag| flag.letter.is_some_and(|letter| letters.contains(letter))).collect()
}

/// A report in which nothing was found.
pub fn report(input: &str) -> Report {
    Report {
        input: input.to_owned(),
        member: None,
        kind: InputKind::Sosreport,
        failed: false,
        host: None,
        collected: None,
        distro: None,
        hardware: None,
        kernel: None,
        taint: None,
        secure_boot: None,
        modules_loaded: 0,
        tree: None,
        modules: Vec::new(),
        blacklists: Vec::new(),
        crash_directories: Vec::new(),
        dumps: Vec::new(),
        events: Vec::new(),
        suspects: Vec::new(),
        remarks: Vec::new(),
        next_steps: Vec::new(),
        like_a_fault: Vec::new(),
        logs_read: Vec::new(),
        verdict: String::new(),
        quotes: Quotes::default(),
        problems: Vec::new(),
    }
}

/// Adds to a report, so that a test reads as a sentence.
pub trait With: Sized {
    fn running(self, release: &str, lineage: Lineage) -> Self;
    fn tainted(self, value: u64, letters: &str, path: &str) -> Self;
    fn log(self, path: &str, lines: u64) -> Self;
    fn module(self, module: Module) -> Self;
    fn event(self, event: Event) -> Self;
    fn suspect(self, suspect: Suspect) -> Self;
    /// Every third-party module that stands in no row yet was loaded during the event.
    fn bystanders(self, event: u32) -> Self;
    fn verdict(self, verdict: &str) -> Self;
    fn problem(self, path: &str, message: &str) -> Self;
}

impl With for Report {
    fn running(mut self, release: &str, lineage: Lineage) -> Self {
        self.kernel = Some(Kernel { release: release.to_owned(), lineage, arch: Some("x86_64".to_owned()) });
        self
    }

    fn tainted(mut self, value: u64, letters: &str, path: &str) -> Self {
        self.taint = Some(KernelTaint { value: Some(value), flags: flags(letters), origin: Origin::line(path, 1) });
        self
    }

    fn log(mut self, path: &str, lines: u64) -> Self {
        self.logs_read.push((path.to_owned(), lines));
        self
    }

    fn module(mut self, module: Module) -> Self {
        self.modules_loaded += usize::from(module.loaded == Some(true));
        self.modules.push(module);
        self
    }

    fn event(mut self, event: Event) -> Self {
        self.events.push(event);
        self
    }

    fn suspect(mut self, suspect: Suspect) -> Self {
        self.suspects.push(suspect);
        self
    }

    fn bystanders(mut self, event: u32) -> Self {
        let absent: Vec<Suspect> = self
            .third_party()
            .filter(|module| !self.suspects_of(event).any(|suspect| suspect.module == module.name))
            .map(|module| Suspect {
                reason: "It was loaded and stands nowhere in the backtrace.".to_owned(),
                evidence: Vec::new(),
                flags: module.flags.clone(),
                ..suspect(&module.name, event, Role::Present, Confidence::Low, Origin::file("x"))
            })
            .collect();
        self.suspects.extend(absent);
        self
    }

    fn verdict(mut self, verdict: &str) -> Self {
        self.verdict = verdict.to_owned();
        self
    }

    fn problem(mut self, path: &str, message: &str) -> Self {
        self.problems.push(Problem::new(path, message));
        self
    }
}

/// A loaded module with the flags that a module list printed.
pub fn module(name: &str, letters: &str) -> Module {
    let third_party = !letters.is_empty();
    Module {
        name: name.to_owned(),
        provenance: if third_party { Provenance::ThirdParty } else { Provenance::Distribution },
        flags: Some(letters.to_owned()),
        unsigned: Some(letters.contains(['E', 'U'])),
        out_of_tree: Some(letters.contains('O')),
        proprietary: Some(letters.contains('P')),
        other_taints: Vec::new(),
        signature: SignatureState::Unknown,
        signer: None,
        license: None,
        version: None,
        file: None,
        package: None,
        vendor: None,
        loaded: Some(true),
        conflicts: Vec::new(),
        place: TreePlace::default(),
        origins: vec![Origin::line("proc/modules", 7)],
    }
}

/// An owner with an address.
pub fn owner(vendor: &str, product: &str, contact: &str) -> Option<Owner> {
    Some(Owner { vendor: vendor.to_owned(), product: product.to_owned(), contact: Some(contact.to_owned()) })
}

/// A suspect with one line to open.
pub fn suspect(module: &str, event: u32, role: Role, confidence: Confidence, origin: Origin) -> Suspect {
    Suspect {
        module: module.to_owned(),
        event,
        role,
        confidence,
        ranking: vec![format!("{}: {} (a reason)", role.as_str(), confidence.as_str())],
        flags: None,
        frame: None,
        distance: None,
        context: StackContext::Task,
        may_be_victim: false,
        reason: format!("{module} stands there as {}.", role.as_str()),
        evidence: vec![origin],
    }
}

/// An event with a headline.
pub fn event(id: u32, kind: EventKind, title: &str, origin: Origin) -> Event {
    let line = origin.line.unwrap_or(1);
    let event = KernelEvent {
        kind,
        title: title.to_owned(),
        origin,
        lines: (line, line + 40),
        time_us: Some(812_101_234 + u64::from(id) * 1_000_000),
        wall: None,
        boot: 0,
        release: None,
        cpu: Some(3),
        pid: None,
        comm: None,
        taint: Some(PrintedTaint::Tainted("P           OE".to_owned())),
        taint_names: Vec::new(),
        ip: None,
        frames: Vec::new(),
        linked_in: Some(Arc::new(LinkedIn { complete: true, line: line + 2, ..LinkedIn::default() })),
        named: Vec::new(),
        trigger: Trigger::Unstated,
        oops_number: None,
        panic: None,
        headless: false,
        garbled: false,
        truncated: false,
        repeats: 0,
    };
    Event {
        id,
        event: Arc::new(event),
        also_at: Vec::new(),
        cause: Cause::Unknown,
        exoneration: None,
        bad_address: None,
        primary: false,
        follows: None,
    }
}

/// Adds to an event.
pub trait EventWith: Sized {
    fn edit(self, edit: impl FnOnce(&mut KernelEvent)) -> Self;
    fn primary(self) -> Self;

    fn process(self, comm: &str, pid: u32) -> Self {
        self.edit(|event| (event.comm, event.pid) = (Some(comm.to_owned()), Some(pid)))
    }

    fn at(self, symbol: &str, module: Option<&str>) -> Self {
        self.edit(|event| {
            event.ip = Some(InstructionPointer {
                symbol: Some(symbol.to_owned()),
                module: module.map(str::to_owned),
                offset: Some(0x2c),
                size: Some(0x90),
                address: Some(0xffff_ffff_c0a1_b2c3),
                placed: false,
                source: IpSource::Register,
                line: event.lines.0 + 5,
            });
        })
    }

    fn frames(self, frames: &[(&str, Option<&str>, bool)]) -> Self {
        self.edit(|event| {
            let first = event.lines.0 + 20;
            event.frames.extend((first..).zip(frames).map(|(line, (symbol, module, reliable))| Frame {
                symbol: Some((*symbol).to_owned()),
                module: module.map(str::to_owned),
                offset: Some(0x9e),
                size: Some(0x170),
                reliable: *reliable,
                line,
                ..Frame::default()
            }));
        })
    }

    fn release(self, release: &str) -> Self {
        self.edit(|event| event.release = Some(KernelRelease::new(release)))
    }

    fn panic(self, message: &str) -> Self {
        self.edit(|event| event.panic = Some(message.to_owned()))
    }

    fn linked(self, names: &[(&str, &str)]) -> Self {
        self.edit(|event| {
            let modules = names
                .iter()
                .map(|(name, flags)| LinkedModule { name: (*name).to_owned(), flags: ModuleFlags::parse(flags) })
                .collect();
            event.linked_in = Some(Arc::new(LinkedIn { modules, complete: true, ..LinkedIn::default() }));
        })
    }
}

impl EventWith for Event {
    fn edit(mut self, edit: impl FnOnce(&mut KernelEvent)) -> Self {
        edit(Arc::make_mut(&mut self.event));
        self
    }

    fn primary(mut self) -> Self {
        self.primary = true;
        self
    }
}

/// A summary that counts these reports, with one group, one module and one host.
pub fn summary(reports: &[Report]) -> Summary {
    let names = || vec!["sosreport-db07.tar.xz".to_owned(), "sosreport-db08.tar.xz".to_owned()];
    let told = |name: &str, day: &str, changes: &[&str]| HostReport {
        report: name.to_owned(),
        collected: Some(format!("2024-05-{day}T10:00:00Z")),
        changes: changes.iter().map(|c| (*c).to_owned()).collect(),
    };
    Summary {
        inputs: reports.len(),
        failed: reports.iter().filter(|report| report.failed).count(),
        groups: vec![Group {
            signature: "5b1f0c77d2a94e63".to_owned(),
            title: "oops in acmefs_read [acmefs]".to_owned(),
            module: Some("acmefs".to_owned()),
            reports: names(),
            hosts: vec!["db07".to_owned()],
            occurrences: 2,
        }],
        modules: vec![Standing { module: "acmefs".to_owned(), in_backtrace: 2, first_suspect: 2, loaded: 4 }],
        hosts: vec![HostHistory {
            host: "db07".to_owned(),
            reports: vec![
                told("sosreport-db07.tar.xz", "08", &[]),
                told("sosreport-db08.tar.xz", "10", &["acmefs 1.0 -> 1.1", "acmefs newly unsigned"]),
            ],
        }],
    }
}
