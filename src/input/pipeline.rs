//! Decompression on a thread of its own: it fills buffers while the caller's thread parses those filled before.
//!
//! A fixed number of buffers goes round between the two threads: `empty` to the decompressor, `full` to the parser.
//! Whoever finds no buffer waits; dropping either end ends the other.

use std::io::{self, BufRead, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::stream::{BUFFER, Stream, fill};

/// Buffers that go round.
const BUFFERS: usize = 6;

/// One buffer and how much of it is filled. Memory is taken when it is first filled.
#[derive(Default)]
struct Chunk {
    bytes: Vec<u8>,
    filled: usize,
}

enum Message {
    Chunk(Chunk),
    Failed(io::Error),
    End,
}

/// The parsing thread's end.
pub(super) struct Piped {
    full: Receiver<Message>,
    empty: SyncSender<Chunk>,
    chunk: Chunk,
    at: usize,
    ended: bool,
}

/// The decompressing thread's end.
struct Pump {
    full: SyncSender<Message>,
    empty: Receiver<Chunk>,
}

fn pipe() -> (Piped, Pump) {
    let (full_in, full) = sync_channel(BUFFERS + 1);
    let (empty, empty_out) = sync_channel(BUFFERS);
    for _ in 0..BUFFERS {
        // The channel has room for all of them and its other end is alive.
        let _ = empty.try_send(Chunk::default());
    }
    (Piped { full, empty, chunk: Chunk::default(), at: 0, ended: false }, Pump { full: full_in, empty: empty_out })
}

/// Reads `from` on a thread of its own while `then` uses what was read; both are over when this returns.
pub(super) fn across<T>(from: impl Read + Send, then: impl FnOnce(&mut dyn Stream) -> T) -> T {
    thread::scope(|scope| {
        let (mut piped, pump) = pipe();
        let started = thread::Builder::new().name("decompress".into()).spawn_scoped(scope, move || pump.run(from));
        let thread = match started {
            Ok(thread) => thread,
            Err(error) => return then(&mut Piped::failed(error)),
        };
        let result = then(&mut piped);
        drop(piped);
        // A panic over there was seen here as a stream without an end.
        let _ = thread.join();
        result
    })
}

/// Reads `from` on a thread of its own that is not waited for: a read of standard input may never return.
pub(super) fn detached(from: impl Read + Send + 'static) -> Piped {
    let (piped, pump) = pipe();
    match thread::Builder::new().name("decompress".into()).spawn(move || pump.run(from)) {
        Ok(_) => piped,
        Err(error) => Piped::failed(error),
    }
}

impl Pump {
    fn run(self, mut from: impl Read) {
        while let Ok(mut chunk) = self.empty.recv() {
            chunk.bytes.resize(BUFFER, 0);
            let (filled, result) = fill(&mut from, &mut chunk.bytes);
            chunk.filled = filled;
            let last = match result {
                Err(error) => Some(Message::Failed(error)),
                Ok(()) if filled < BUFFER => Some(Message::End),
                Ok(()) => None,
            };
            if filled > 0 && self.full.send(Message::Chunk(chunk)).is_err() {
                return;
            }
            if let Some(message) = last {
                // Nobody listening is fine: it was enough for them.
                let _ = self.full.send(message);
                return;
            }
        }
    }
}

impl Piped {
    /// A stream that has nothing but this error.
    fn failed(error: io::Error) -> Self {
        let (piped, pump) = pipe();
        let _ = pump.full.try_send(Message::Failed(error));
        piped
    }

    fn pending(&self) -> &[u8] {
        self.chunk.bytes.get(self.at..self.chunk.filled).unwrap_or_default()
    }

    /// Gives the used buffer back and waits for the next.
    fn next_chunk(&mut self) -> io::Result<()> {
        if !self.chunk.bytes.is_empty() {
            // Where the other end has ended the buffer is not needed.
            let _ = self.empty.try_send(std::mem::take(&mut self.chunk));
        }
        self.at = 0;
        match self.full.recv() {
            Ok(Message::Chunk(chunk)) => self.chunk = chunk,
            Ok(Message::End) => self.ended = true,
            Ok(Message::Failed(error)) => {
                self.ended = true;
                return Err(error);
            }
            Err(_) => {
                self.ended = true;
                return Err(io::Error::other("the decompressor stopped without a word"));
            }
        }
        Ok(())
    }
}

impl Read for Piped {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Piped {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at >= self.chunk.filled && !self.ended {
            self.next_chunk()?;
        }
        Ok(self.pending())
    }

    fn consume(&mut self, count: usize) {
        self.at = self.at.saturating_add(count).min(self.chunk.filled);
    }
}

impl Stream for Piped {}
