//! Which report a member of an input belongs to: the reports found so far, by archive and root.

use std::borrow::Cow;
use std::collections::HashMap;

use super::draft::Draft;
use super::layout::{self, EvidenceKind};
use super::reports::{ModuleReader, ReportKind};
use super::roots;

/// Reports of one input that are kept.
const MOST_REPORTS: usize = 4096;
/// Nested archives of one input that are told apart.
const MOST_CONTAINERS: usize = 65_536;

/// How sure it is that there is a report.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// A path that says enough by itself.
    Confirmed,
    /// Only paths that say too little alone.
    Supposed,
    /// A file of no report, taken for a kernel log.
    LoneLog,
    /// It lies inside of another report, or is of no use.
    Dropped,
}

/// One report and where it is.
pub(super) struct Report {
    container: usize,
    /// Path of the root in its archive.
    pub root: String,
    kind: ReportKind,
    pub standing: Standing,
    pub draft: Draft,
}

/// An archive, by the archives around it, outermost first; none for the input itself.
struct Container {
    path: Vec<String>,
    roots: HashMap<String, usize>,
    /// It is a folder of a report, packed: the report, and the folders that its members may be below.
    continues: Option<(usize, Vec<String>)>,
}

/// The report that a member belongs to and its path there.
pub(super) struct Member<'a> {
    pub report: usize,
    pub path: Cow<'a, str>,
}

/// The reports of one input, in order of appearance.
pub(super) struct Registry {
    input_name: String,
    pub module_reader: Option<ModuleReader>,
    reports: Vec<Report>,
    containers: Vec<Container>,
    index: HashMap<Vec<String>, usize>,
}

impl Registry {
    pub fn new(input_name: &str) -> Self {
        Self {
            input_name: input_name.to_owned(),
            module_reader: None,
            reports: Vec::new(),
            containers: Vec::new(),
            index: HashMap::new(),
        }
    }

    pub fn get(&self, report: usize) -> Option<&Report> {
        self.reports.get(report)
    }

    pub fn get_mut(&mut self, report: usize) -> Option<&mut Report> {
        self.reports.get_mut(report)
    }

    /// Whether the path is that of the input itself, which then is one file.
    pub fn is_the_input(&self, container: &[String], path: &str) -> bool {
        let name = self.input_name.as_str();
        let is_stdin = path == "stdin" && matches!(name, "-" | "stdin" | "standard input");
        container.is_empty() && (path == name || path == file_name(name) || is_stdin)
    }

    /// Whether an archive is a folder of a report, packed in place.
    pub fn is_packed_folder(&self, container: &[String]) -> bool {
        let known = self.index.get(container).and_then(|&at| self.containers.get(at));
        known.is_some_and(|known| known.continues.is_some())
    }

    /// The report that a member belongs to, found or founded.
    pub fn member<'a>(&mut self, container: &[String], path: &'a str) -> Option<Member<'a>> {
        let is_log = |row: &layout::Row| matches!(row.kind, EvidenceKind::KernelLog | EvidenceKind::Supportconfig);
        if self.is_the_input(container, path) && layout::classify(path).is_none_or(is_log) {
            return None;
        }
        let at = self.container(container)?;
        let known = self.containers.get(at)?;
        if let Some((report, folders)) = &known.continues {
            let candidates = folders.iter().map(|folder| format!("{folder}{path}"));
            let mut fitting = candidates.filter(|path| layout::classify(path).is_some());
            return fitting.next().map(|path| Member { report: *report, path: Cow::Owned(path) });
        }
        let (report, root_length) = match self.known_root(known, path) {
            Some(found) => found,
            None => {
                let place = roots::find(path)?;
                (self.found(at, place)?, place.root.len())
            }
        };
        let rest = path.get(root_length..)?.trim_start_matches('/');
        self.learn_kind(report, rest);
        Some(Member { report, path: Cow::Borrowed(rest) })
    }

    /// The report of a file that belongs to none.
    pub fn lone_log(&mut self, container: &[String], path: &str) -> Option<usize> {
        let at = self.container(container)?;
        if let Some(&report) = self.containers.get(at)?.roots.get(path) {
            return Some(report);
        }
        self.add(at, path, ReportKind::KernelLog, Standing::LoneLog)
    }

    /// The confirmed root that a path is below, and the length of its path.
    fn known_root(&self, container: &Container, path: &str) -> Option<(usize, usize)> {
        if container.roots.is_empty() {
            return None;
        }
        let ends = std::iter::once(0).chain(memchr::memchr_iter(b'/', path.as_bytes())).take(roots::DEEPEST + 1);
        ends.filter_map(|end| Some((*container.roots.get(path.get(..end)?)?, end)))
            .find(|(report, _)| self.reports.get(*report).is_some_and(|report| report.standing == Standing::Confirmed))
    }

    /// The report at a place, made if it is new.
    fn found(&mut self, container: usize, place: roots::Place<'_>) -> Option<usize> {
        let known = self.containers.get(container)?.roots.get(place.root).copied();
        let at = match known {
            Some(at) => at,
            None => self.add(container, place.root, place.kind.unwrap_or(ReportKind::KernelLog), Standing::Supposed)?,
        };
        if let Some(kind) = place.kind {
            let report = self.reports.get_mut(at)?;
            report.standing = Standing::Confirmed;
            report.is_at_least(kind);
            self.drop_below(container, place.root, at);
        }
        Some(at)
    }

    fn add(&mut self, container: usize, root: &str, kind: ReportKind, standing: Standing) -> Option<usize> {
        if self.reports.len() >= MOST_REPORTS {
            return None;
        }
        let at = self.reports.len();
        let folder = if root.is_empty() { file_name(&self.input_name) } else { file_name(root) };
        let is_release = folder.starts_with(|c: char| c.is_ascii_digit()) && folder.contains('.');
        let kernel = (kind == ReportKind::ModuleTree && is_release).then(|| folder.to_owned());
        let draft = Draft::new(self.module_reader.clone(), kernel);
        self.containers.get_mut(container)?.roots.insert(root.to_owned(), at);
        self.reports.push(Report { container, root: root.to_owned(), kind, standing, draft });
        Some(at)
    }

    /// What was taken for a report before its surroundings were known to be one is none, save crash directories and folders
    /// that have the name of a report.
    fn drop_below(&mut self, container: usize, root: &str, keep: usize) {
        for (at, report) in self.reports.iter_mut().enumerate() {
            let inside = at != keep && report.container == container && below(root, &report.root).is_some();
            let stays = report.standing == Standing::Confirmed
                && (report.kind == ReportKind::CrashDirectory
                    || layout::report_name(file_name(&report.root)).is_some());
            if inside && !stays {
                report.standing = Standing::Dropped;
                report.draft = Draft::default();
            }
        }
    }

    /// A path may say more of the kind than the one that founded the report.
    fn learn_kind(&mut self, report: usize, path: &str) {
        let Some(report) = self.reports.get_mut(report) else { return };
        if report.kind == ReportKind::Sosreport {
            return;
        }
        let top = path.split('/').next().unwrap_or(path);
        let by_marker = layout::is_sos_entry(top).then_some(ReportKind::Sosreport);
        if let Some(kind) = by_marker.or_else(|| layout::classify(path).and_then(|row| row.starts)) {
            report.is_at_least(kind);
        }
    }

    fn container(&mut self, path: &[String]) -> Option<usize> {
        if let Some(&at) = self.index.get(path) {
            return Some(at);
        }
        if self.containers.len() >= MOST_CONTAINERS {
            return None;
        }
        let at = self.containers.len();
        let continues = self.continues(path);
        self.containers.push(Container { path: path.to_vec(), roots: HashMap::new(), continues });
        self.index.insert(path.to_vec(), at);
        Some(at)
    }

    /// The report that an archive is a packed folder of, and the folders that its members may be below: named from the root,
    /// from the folder that the archive is in, or from the folder that it is.
    fn continues(&self, container: &[String]) -> Option<(usize, Vec<String>)> {
        let (archive, around) = container.split_last()?;
        let around = self.containers.get(*self.index.get(around)?)?;
        let (report, root_length) = self.known_root(around, archive)?;
        let path = archive.get(root_length..)?.trim_start_matches('/');
        if !layout::is_packed_directory(path) {
            return None;
        }
        let folder = path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        let packed = format!("{}/", path.strip_suffix(".tar").unwrap_or(path));
        Some((report, vec![String::new(), folder, packed]))
    }

    /// The reports that stand at the end: supposed roots only if nothing better was found, logs by themselves only if they say
    /// something.
    pub fn finish(mut self) -> Vec<Placed> {
        let any_solid = self.reports.iter().any(|r| r.standing == Standing::Confirmed && r.draft.has_evidence());
        let only = self.reports.len() == 1;
        self.reports.retain(|report| match report.standing {
            Standing::Confirmed => report.draft.has_evidence() || !any_solid,
            Standing::Supposed => !any_solid || (report.draft.has_only_logs() && report.draft.tells_something()),
            Standing::LoneLog => only || report.draft.tells_something(),
            Standing::Dropped => false,
        });
        let mut in_container = vec![0_usize; self.containers.len()];
        for report in &self.reports {
            in_container.iter_mut().skip(report.container).take(1).for_each(|count| *count += 1);
        }
        let place = |report: Report| {
            let container = self.containers.get(report.container).map(|c| c.path.clone()).unwrap_or_default();
            let shares_its_archive = in_container.get(report.container).is_some_and(|&count| count > 1);
            Placed { container, shares_its_archive, report }
        };
        self.reports.into_iter().map(place).collect()
    }
}

/// A report that stands, and where.
pub(super) struct Placed {
    /// The archives around it.
    pub container: Vec<String>,
    /// Whether the innermost holds other reports too.
    pub shares_its_archive: bool,
    pub report: Report,
}

impl Report {
    /// Something in it speaks of this kind.
    pub fn is_at_least(&mut self, kind: ReportKind) {
        self.kind = self.kind.max(kind);
    }

    /// A supposed report is a folder, unless all it has are logs.
    pub fn final_kind(&self) -> ReportKind {
        match self.standing {
            Standing::Supposed if !self.draft.has_only_logs() => self.kind.max(ReportKind::Directory),
            _ => self.kind,
        }
    }
}

/// The last part of a path.
pub(super) fn file_name(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path)
}

/// The part of a path below a root; `None` where it is not below it.
pub(super) fn below<'a>(root: &str, path: &'a str) -> Option<&'a str> {
    if root.is_empty() {
        return (!path.is_empty()).then_some(path);
    }
    path.strip_prefix(root)?.strip_prefix('/')
}
