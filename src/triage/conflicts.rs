//! Where the witnesses of one module say what cannot both be so.

use super::testimony::{Rank, Signing, Testimony};
use crate::facts::{ModuleFile, SignatureState};

/// A question and a witness's answer to it.
type Question = (&'static str, fn(&Testimony) -> Option<bool>);

const QUESTIONS: [Question; 3] =
    [("unsigned", |t| t.unsigned), ("out-of-tree", |t| t.out_of_tree), ("proprietary", |t| t.proprietary)];

/// A sentence for each pair of witnesses that contradict each other, strongest witnesses first.
pub(super) fn conflicts(testimonies: &[Testimony], file: Option<&ModuleFile>, signing: Signing) -> Vec<String> {
    let mut sentences: Vec<String> =
        QUESTIONS.iter().filter_map(|question| contradiction(question, testimonies)).collect();
    sentences.extend(file.and_then(|file| signed_yet_unsigned(testimonies, file, signing)));
    sentences
}

fn contradiction((word, answer): &Question, testimonies: &[Testimony]) -> Option<String> {
    let (first, says) = testimonies.iter().find_map(|t| answer(t).map(|a| (t, a)))?;
    // Places and messages are hints of one kind only; they never contradict the kernel's own flags.
    let other = testimonies.iter().find(|t| t.rank < Rank::Notice && answer(t) == Some(!says))?;
    let (yes, no) = if says { (first, other) } else { (other, first) };
    Some(format!("{word} by {}, not {word} by {}", yes.origin, no.origin))
}

/// The kernel's own mark against the signature of the file.
fn signed_yet_unsigned(testimonies: &[Testimony], file: &ModuleFile, signing: Signing) -> Option<String> {
    let signed = matches!(file.signature.state, SignatureState::Signed | SignatureState::Verified);
    let marked = testimonies.iter().find(|t| t.rank <= Rank::ProcModules && t.unsigned.is_some())?;
    if !signed || marked.unsigned != Some(true) || signing.everything_unsigned {
        return None;
    }
    let signer = file.signature.signer.as_deref().map(|s| format!(" by {s}")).unwrap_or_default();
    Some(format!(
        "its file is signed{signer} ({}), yet the kernel marks it unsigned ({}): the key is not enrolled, or the file was replaced after loading",
        file.origin, marked.origin
    ))
}
