//! What a batch concludes, ready to be rendered.

/// The same fault on several reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// Stable over offsets, kernels and envelopes: hexadecimal.
    pub signature: String,
    /// Words: `oops in acmefs_read [acmefs]`.
    pub title: String,
    /// The module that most of them name.
    pub module: Option<String>,
    /// Inputs (with member) that show it, in order.
    pub reports: Vec<String>,
    /// Hosts that show it, by name, each once; reports without a host name are not in it.
    pub hosts: Vec<String>,
    /// How often it happened: two reports of one host that tell the same event count once.
    pub occurrences: usize,
}

/// How often a third-party module stands in events, over all reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Module.
    pub module: String,
    /// Reports in which it stands in an event: at fault, named, or in a backtrace.
    pub in_backtrace: usize,
    /// Reports in which it is the first suspect of the event that the report is about.
    pub first_suspect: usize,
    /// Reports in which it is loaded, at collection or at a crash.
    pub loaded: usize,
}

/// The reports of one host in order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostHistory {
    /// Host name.
    pub host: String,
    /// Its reports, the earliest first.
    pub reports: Vec<HostReport>,
}

/// One report of a host, and what changed since the one before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostReport {
    /// Input, with member.
    pub report: String,
    /// Time of collection, RFC 3339.
    pub collected: Option<String>,
    /// What differs from the report before, a few words each: `scini added (3.6)`. Empty for the first.
    pub changes: Vec<String>,
}

/// What a batch concludes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Inputs given or found.
    pub inputs: usize,
    /// Inputs of which nothing could be read.
    pub failed: usize,
    /// Faults by signature, most reports first.
    pub groups: Vec<Group>,
    /// Third-party modules, those that stand in most reports' events first.
    pub modules: Vec<Standing>,
    /// Hosts with more than one report, by name.
    pub hosts: Vec<HostHistory>,
}
