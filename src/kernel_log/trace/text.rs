//! What one frame says, before it is kept.

/// A frame, still borrowed from its line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct FrameText<'a> {
    pub(crate) symbol: Option<&'a str>,
    pub(crate) module: Option<&'a str>,
    pub(crate) offset: Option<u64>,
    pub(crate) size: Option<u64>,
    pub(crate) address: Option<u64>,
    pub(crate) reliable: bool,
}
