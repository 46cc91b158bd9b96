//! Whole logs through the whole room. The logs in `logs/` are invented, each in the style of one kernel.

mod dialects;
mod eras;
mod events;
mod pastes;
mod quotes;
mod streams;
mod wrapping;

use std::fmt::Write;

use super::LogReader;
use crate::facts::{Frame, IpSource, KernelEvent, LinkedIn, LogFacts, PrintedTaint, StackContext};

/// Reads a log.
fn read(text: &str) -> LogFacts {
    let mut reader = LogReader::new("log");
    reader.feed(text.as_bytes());
    reader.finish()
}

/// The only event of a log.
fn only(text: &str) -> KernelEvent {
    let mut log = read(text);
    assert_eq!(log.events.len(), 1, "{:#?}", log.events.iter().map(|e| &e.title).collect::<Vec<_>>());
    log.events.remove(0)
}

/// `symbol`, `symbol[module]`, with `?` where it is not reliable.
fn function(symbol: Option<&str>, module: Option<&str>) -> String {
    let module = module.map_or_else(String::new, |module| format!("[{module}]"));
    format!("{}{module}", symbol.unwrap_or("-"))
}

fn frames(frames: &[Frame]) -> String {
    let mut told = String::new();
    let mut context = StackContext::Task;
    for frame in frames {
        if frame.context != context {
            let mark = format!("{:?}", frame.context).to_lowercase();
            write!(told, " {mark}:").unwrap();
            context = frame.context;
        }
        let doubt = if frame.reliable { "" } else { "?" };
        write!(told, " {}{doubt}", function(frame.symbol.as_deref(), frame.module.as_deref())).unwrap();
    }
    told
}

fn list(list: &LinkedIn) -> String {
    let flagged =
        list.modules.iter().filter(|m| !m.flags.to_string().is_empty()).map(|m| format!(" {}({})", m.name, m.flags));
    let mut told = format!(" {}:{}", list.modules.len(), flagged.collect::<String>());
    for (module, count) in &list.unloaded_tainted {
        write!(told, " gone {}({}) {count}", module.name, module.flags).unwrap();
    }
    if let Some(last) = &list.last_unloaded {
        write!(told, " last {}({})", last.name, last.flags).unwrap();
    }
    if !list.complete {
        told.push_str(" cut");
    }
    told
}

/// An event in a few lines, as the tests expect it.
fn told(event: &KernelEvent) -> String {
    let mut told = format!("{} at {}: {}\n", event.kind.as_str(), event.origin.line.unwrap(), event.title);
    let show = |name: &str, value: Option<String>| value.map_or_else(String::new, |value| format!(" {name} {value}"));
    let process = [
        show("cpu", event.cpu.map(|n| n.to_string())),
        show("pid", event.pid.map(|n| n.to_string())),
        show("comm", event.comm.clone()),
    ];
    writeln!(told, "in{}", process.concat()).unwrap();
    let taint = match &event.taint {
        None => "unsaid".to_owned(),
        Some(PrintedTaint::NotTainted) => "none".to_owned(),
        Some(PrintedTaint::Tainted(letters)) => format!("`{letters}`"),
    };
    writeln!(told, "taint {taint}{}", show("release", event.release.as_ref().map(|r| r.as_str().to_owned()))).unwrap();
    if let Some(ip) = &event.ip {
        let source = match ip.source {
            IpSource::Register => "",
            IpSource::Headline => " (headline)",
            IpSource::Dump => " (dump)",
        };
        writeln!(told, "ip {}{source}", function(ip.symbol.as_deref(), ip.module.as_deref())).unwrap();
    }
    if !event.frames.is_empty() {
        writeln!(told, "frames{}", frames(&event.frames)).unwrap();
    }
    if let Some(linked_in) = &event.linked_in {
        writeln!(told, "modules{}", list(linked_in)).unwrap();
    }
    for named in &event.named {
        writeln!(told, "named {} by {:?}", function(named.symbol.as_deref(), Some(&named.module)), named.by).unwrap();
    }
    if let Some(panic) = &event.panic {
        writeln!(told, "panic {panic}").unwrap();
    }
    let flags = [(event.headless, "headless"), (event.garbled, "garbled"), (event.truncated, "truncated")];
    for (set, name) in flags {
        if set {
            writeln!(told, "{name}").unwrap();
        }
    }
    told
}
