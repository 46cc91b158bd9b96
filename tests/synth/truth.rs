//! What a correct triage says of a sample: judged by who wrote the sample, not computed from it.

use serde_json::{Value, json};

/// An event that a report holds.
#[derive(Clone, Debug)]
pub struct EventTruth {
    /// Kind, by its name in the JSON contract.
    pub kind: &'static str,
    /// Function at the instruction pointer, `symbol[module]`; `None` where the event prints none.
    pub ip: Option<&'static str>,
    /// Process.
    pub process: (&'static str, u32),
    /// Message of the panic it ends in.
    pub panic: Option<&'static str>,
    /// Every file that shows it, by path below the report's root.
    pub seen_in: Vec<String>,
}

impl EventTruth {
    /// An event in the files named, separated by blanks.
    pub fn new(kind: &'static str, ip: Option<&'static str>, process: (&'static str, u32), seen_in: &str) -> Self {
        let seen_in = seen_in.split_whitespace().map(str::to_owned).collect();
        Self { kind, ip, process, panic: None, seen_in }
    }

    /// It ends in a panic.
    pub fn panics(mut self, message: &'static str) -> Self {
        self.panic = Some(message);
        self
    }

    fn json(&self) -> Value {
        let ip = self.ip.map(|ip| match ip.split_once('[') {
            Some((symbol, module)) => json!({"symbol": symbol, "module": module.trim_end_matches(']')}),
            None => json!({"symbol": ip, "module": null}),
        });
        json!({"kind": self.kind, "ip": ip, "comm": self.process.0, "pid": self.process.1, "panic": self.panic, "seen_in": self.seen_in})
    }
}

/// A module from elsewhere. `None`: this kernel keeps no such mark, so that the logs alone cannot tell.
#[derive(Clone, Debug)]
pub struct ModuleTruth {
    /// Name.
    pub name: &'static str,
    /// Letters in the order in which this kernel prints them in a module list: `POE`, `PU` for `(P)(U)`.
    pub flags: &'static str,
    /// Not signed, or not by a key the kernel has.
    pub unsigned: Option<bool>,
    /// Not of the kernel's tree.
    pub out_of_tree: Option<bool>,
    /// Not under a licence that the kernel takes as GPL-compatible.
    pub proprietary: Option<bool>,
}

/// The module to look at first.
#[derive(Clone, Debug)]
pub struct SuspectTruth {
    /// Module.
    pub module: &'static str,
    /// Role, by its name in the JSON contract.
    pub role: &'static str,
}

/// What is true of one report.
#[derive(Clone, Debug)]
pub struct Truth {
    /// Name of the archive inside a bundle.
    pub member: Option<String>,
    /// Kind of input, by its name in the JSON contract.
    pub kind: &'static str,
    /// Host name.
    pub host: Option<String>,
    /// Kernel release.
    pub release: String,
    /// Value of `kernel.tainted` at collection.
    pub tainted: Option<u64>,
    /// Whether the input can be read to its end.
    pub whole: bool,
    /// Events, in order of time.
    pub events: Vec<EventTruth>,
    /// Modules from elsewhere.
    pub third_party: Vec<ModuleTruth>,
    /// The first suspect, or nobody.
    pub suspect: Option<SuspectTruth>,
    /// The verdict in a sentence.
    pub says: &'static str,
}

impl Truth {
    /// As `expected.json` has it.
    pub fn json(&self) -> Value {
        let modules: Vec<Value> = self
            .third_party
            .iter()
            .map(|m| {
                json!({"name": m.name, "flags": m.flags, "unsigned": m.unsigned, "out_of_tree": m.out_of_tree, "proprietary": m.proprietary})
            })
            .collect();
        json!({
            "member": self.member,
            "kind": self.kind,
            "host": self.host,
            "release": self.release,
            "tainted": self.tainted,
            "whole": self.whole,
            "events": self.events.iter().map(EventTruth::json).collect::<Vec<_>>(),
            "third_party": modules,
            "first_suspect": self.suspect.as_ref().map(|s| json!({"module": s.module, "role": s.role})),
            "says": self.says,
        })
    }
}

/// Shorthand for a module with all three properties known: flags of a kernel that prints P, O and E.
pub fn known(name: &'static str, flags: &'static str) -> ModuleTruth {
    let has = |letter| Some(flags.contains(letter));
    ModuleTruth { name, flags, unsigned: has('E'), out_of_tree: has('O'), proprietary: has('P') }
}

/// Shorthand for a suspect.
pub fn suspect(module: &'static str, role: &'static str) -> Option<SuspectTruth> {
    Some(SuspectTruth { module, role })
}
