//! Offline triage of sosreports and vmcores.

pub mod facts;
pub mod render;
pub mod taint;
pub mod triage;
