//! `--fail-on`: how strongly a third-party module has to stand in an event to count as a failure.

use clap::ValueEnum;

use crate::triage::{Report, Role};

/// The levels, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(super) enum FailOn {
    /// It holds the instruction pointer
    Faulting,
    /// The kernel's own text names it
    Named,
    /// It is on a reliable frame
    CallPath,
    /// It shows as stack residue
    StaleFrame,
    /// It is loaded
    Present,
}

impl FailOn {
    /// The strongest level that a report reaches.
    pub fn of(report: &Report) -> Option<Self> {
        Self::value_variants().iter().copied().find(|level| level.reached(report))
    }

    /// Whether a report is at this level or above it.
    pub fn reached(self, report: &Report) -> bool {
        let present = self == Self::Present && report.third_party().any(|m| m.loaded == Some(true));
        present || report.suspects.iter().any(|s| s.role <= self.role() && s.role != Role::Present)
    }

    /// The name that the command line takes.
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    fn role(self) -> Role {
        match self {
            Self::Faulting => Role::Faulting,
            Self::Named => Role::Named,
            Self::CallPath => Role::CallPath,
            Self::StaleFrame => Role::StaleFrame,
            Self::Present => Role::Present,
        }
    }
}
