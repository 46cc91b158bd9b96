//! Ctrl-C: the first ends the scan, and what is done so far is printed; a second one ends the program at once.

use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::exit::INTERRUPTED;

/// A flag that Ctrl-C sets. Where no handler can be set, Ctrl-C ends the program as it always does.
pub(super) fn on_ctrl_c() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let _ = ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::SeqCst) {
            process::exit(INTERRUPTED.into());
        }
        eprintln!("taintrace: interrupted; what is done so far is printed (once more to end at once)");
    });
    stop
}
