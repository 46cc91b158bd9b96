//! Damaged and hostile inputs.
