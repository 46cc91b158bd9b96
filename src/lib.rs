//! Offline triage of sosreports and vmcores.

pub mod facts;
pub mod taint;
