//! The `taintrace-module/1` contract: what `taintrace module --format json` prints.
//!
//! Additive changes only; the types are the schema.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

use super::Inspected;
use crate::facts::{Problem, SignatureFacts};

/// Name of the contract.
const SCHEMA: &str = "taintrace-module/1";

/// The whole document.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Contract {
    /// `taintrace-module/1`.
    pub schema: String,
    /// Modules in the order they were given.
    pub modules: Vec<ModuleRecord>,
    /// Files that could not be read.
    pub problems: Vec<ProblemRecord>,
}

/// One module.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ModuleRecord {
    /// The file as given.
    pub file: String,
    /// Name of the module.
    pub name: String,
    /// Keys and values in file order.
    pub fields: Vec<(String, String)>,
    /// GNU build id.
    pub build_id: Option<String>,
    /// Signature.
    pub signature: SignatureRecord,
    /// Flags that the kernel it was built for would set on loading it.
    pub taints: Vec<TaintRecord>,
}

/// The signature of a module.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SignatureRecord {
    /// `signed`, `unsigned`, `verified`, `untrusted`, `mismatch`, `malformed` or `unknown`.
    pub state: String,
    /// `pkcs7`, `x509-id`, `module_sig` or `note.module.sig`.
    pub kind: Option<String>,
    /// Name of the signer.
    pub signer: Option<String>,
    /// Key id or serial.
    pub key: Option<String>,
    /// Hash algorithm.
    pub hash: Option<String>,
    /// Why the state is what it is.
    pub reason: Option<String>,
}

/// A taint flag.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TaintRecord {
    /// Its letter.
    pub letter: String,
    /// Why it would be set.
    pub reason: String,
}

/// A file that could not be read.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ProblemRecord {
    /// The file.
    pub path: String,
    /// What was wrong.
    pub message: String,
}

impl Contract {
    /// Puts a document together.
    pub fn new(modules: Vec<ModuleRecord>, problems: &[Problem]) -> Self {
        let problem =
            |problem: &Problem| ProblemRecord { path: problem.path.clone(), message: problem.message.clone() };
        Self { schema: SCHEMA.to_owned(), modules, problems: problems.iter().map(problem).collect() }
    }
}

/// The JSON Schema (draft 2020-12) of [`Contract`].
pub fn schema() -> serde_json::Value {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<Contract>().to_value()
}

impl Inspected<'_> {
    /// The module's record, with the flags of the kernel that it was built for.
    pub fn record(&self) -> ModuleRecord {
        let taints = self.lineage().map(|lineage| self.taints(lineage)).unwrap_or_default();
        let taint = |(letter, reason): (char, String)| TaintRecord { letter: letter.to_string(), reason };
        ModuleRecord {
            file: self.file.filename.clone().unwrap_or_default(),
            name: self.file.name.clone(),
            fields: self.file.fields.clone(),
            build_id: self.file.build_id.clone(),
            signature: (&self.file.signature).into(),
            taints: taints.into_iter().map(taint).collect(),
        }
    }
}

impl From<&SignatureFacts> for SignatureRecord {
    fn from(facts: &SignatureFacts) -> Self {
        Self {
            state: facts.state.as_str().to_owned(),
            kind: facts.kind.map(str::to_owned),
            signer: facts.signer.clone(),
            key: facts.key.clone(),
            hash: facts.hash.clone(),
            reason: facts.reason.clone(),
        }
    }
}
