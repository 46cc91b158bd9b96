//! Short words for the tests of this room.

use std::sync::Arc;

use crate::facts::{
    EventKind, Frame, InstructionPointer, IpSource, KernelEvent, KernelRelease, LinkedIn, LinkedModule, LogFacts,
    ModuleFlags, Origin, PrintedTaint, StackContext, Trigger,
};

/// An event at a line of a log, with nothing but its kind and headline.
pub(super) fn event(kind: EventKind, title: &str, line: u64) -> KernelEvent {
    KernelEvent {
        kind,
        title: title.to_owned(),
        origin: Origin::line("dmesg", line),
        lines: (line, line + 20),
        time_us: None,
        wall: None,
        boot: 0,
        release: None,
        cpu: None,
        pid: None,
        comm: None,
        taint: None,
        taint_names: Vec::new(),
        ip: None,
        frames: Vec::new(),
        linked_in: None,
        named: Vec::new(),
        trigger: Trigger::Unstated,
        oops_number: None,
        panic: None,
        headless: false,
        garbled: false,
        truncated: false,
        repeats: 0,
    }
}

/// `symbol[module]`, with a `?` in front for stack residue, in a context.
pub(super) fn frame(text: &str, context: StackContext) -> Frame {
    let (symbol, module) = split(text.trim_start_matches('?'));
    Frame { symbol, module, reliable: !text.starts_with('?'), context, line: 9, ..Frame::default() }
}

/// Frames of a task, separated by blanks.
pub(super) fn frames(text: &str) -> Vec<Frame> {
    text.split_whitespace().map(|f| frame(f, StackContext::Task)).collect()
}

/// An instruction pointer `symbol[module]`, read from a register.
pub(super) fn ip(text: &str) -> Option<InstructionPointer> {
    let (symbol, module) = split(text);
    Some(InstructionPointer {
        symbol,
        module,
        offset: Some(5),
        size: None,
        address: None,
        placed: false,
        source: IpSource::Register,
        line: 4,
    })
}

fn split(text: &str) -> (Option<String>, Option<String>) {
    match text.split_once('[') {
        Some((symbol, module)) => (Some(symbol.to_owned()), Some(module.trim_end_matches(']').to_owned())),
        None => (Some(text.to_owned()), None),
    }
}

/// A module list from `name name(FLAGS)`.
pub(super) fn list(text: &str) -> Option<Arc<LinkedIn>> {
    let modules = text.split_whitespace().map(|token| {
        let (name, flags) = token.split_once('(').unwrap_or((token, ""));
        LinkedModule { name: name.to_owned(), flags: ModuleFlags::parse(flags) }
    });
    Some(Arc::new(LinkedIn { modules: modules.collect(), complete: true, line: 7, ..LinkedIn::default() }))
}

/// The release and taint text of a RHEL 8 kernel with third-party modules.
pub(super) fn on_rhel8(mut event: KernelEvent) -> KernelEvent {
    event.release = Some(KernelRelease::new("4.18.0-553.el8_10.x86_64"));
    event.taint = Some(PrintedTaint::Tainted("P           OE    --------- -  -".to_owned()));
    event
}

/// A log that tells events.
pub(super) fn log(path: &str, events: Vec<KernelEvent>) -> LogFacts {
    let events = events
        .into_iter()
        .map(|mut e| {
            e.origin.path = path.into();
            e
        })
        .collect();
    LogFacts { path: path.into(), events, lines: 100, ..LogFacts::default() }
}
