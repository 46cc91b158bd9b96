//! Little that becomes much: zeros, archives in archives, and streams that go on behind their end.

use super::{Corpus, Promise};
use crate::synth::archive::tar;
use crate::synth::{Container, Tree, bad};

/// Bytes of zeros: more than memory may hold, less than a test should wait for.
const ZEROS: usize = 96 << 20;
/// Times an archive is packed into another.
const DEPTH: usize = 64;
/// Archives side by side in each of the levels of a nested bomb.
const WIDTH: usize = 16;

pub(super) fn add(corpus: &mut Corpus) {
    for container in [Container::TarXz, Container::TarGz, Container::TarBz2, Container::TarZst, Container::Zip] {
        corpus.add(&format!("zeros-flat{}", container.suffix()), &zeros(container), Promise::Row);
    }
    let mut deep = bad::report().archive(Container::TarGz);
    for level in 0..DEPTH {
        let mut tree = Tree::new(&format!("level-{level}"), 1_700_000_000);
        tree.file("inner.tar.gz", deep);
        deep = Container::TarGz.pack(&tree);
    }
    corpus.add("packed-64-times.tar.gz", &deep, Promise::Reason);
    corpus.add("nested.zip", &wide(), Promise::Row);
    let mut once = bad::report().archive(Container::TarGz);
    for _ in 0..DEPTH {
        once = Container::TarGz.compress(&once);
    }
    corpus.add("compressed-64-times.tar.gz", &once, Promise::Reason);
    trailing(corpus);
}

/// A sound report, and beside its evidence a file of zeros.
fn zeros(container: Container) -> Vec<u8> {
    let mut tree = bad::report().tree();
    tree.file("var/log/zeros", vec![0; ZEROS]);
    container.pack(&tree)
}

/// Sixteen zips in each of sixteen zips, and in each of those a megabyte of zeros.
fn wide() -> Vec<u8> {
    let mut inner = vec![0; 1 << 20];
    for level in 0..3 {
        let mut tree = Tree::new(&format!("level-{level}"), 1_700_000_000);
        for number in 0..WIDTH {
            tree.file(&format!("{number}.zip"), inner.clone());
        }
        inner = Container::Zip.pack(&tree);
    }
    inner
}

/// Streams with something behind their end: garbage is told, a second stream is read.
fn trailing(corpus: &mut Corpus) {
    let plain = tar(&bad::report().tree());
    let middle = plain.len() / 2 / 512 * 512;
    for container in [Container::TarXz, Container::TarGz, Container::TarBz2, Container::TarZst] {
        let suffix = container.suffix();
        let (first, second) = plain.split_at(middle);
        let joined = [container.compress(first), container.compress(second)].concat();
        corpus.add(&format!("two-streams{suffix}"), &joined, Promise::Event);
        let many: Vec<u8> = plain.chunks(8192).flat_map(|piece| container.compress(piece)).collect();
        corpus.add(&format!("many-streams{suffix}"), &many, Promise::Event);
        let garbage = [container.compress(&plain), b"this is no stream".repeat(40)].concat();
        corpus.add(&format!("garbage-behind{suffix}"), &garbage, Promise::Event);
        let empty = container.compress(b"");
        corpus.add(&format!("nothing-packed{suffix}"), &empty, Promise::Row);
    }
}
