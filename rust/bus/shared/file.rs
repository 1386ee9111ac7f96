//! The file behind a mapping: its name, who may open it, and how it comes to be, at once or not at all.

use std::ffi::CString;
use std::fs::{File, OpenOptions};
use std::io::{Error as IoError, ErrorKind};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::super::format::RecordType;
use super::layout::{FACTS, HEADER_BYTES, Layout, read_facts};
use super::process::Process;
use crate::model::{Error, Result};

/// Longest name.
const MAX: usize = 64;

/// Where a bus of this name is. A name is 1 to 64 letters, digits, `-`, `_` and `.` of ASCII.
pub fn path(name: &str) -> Result<PathBuf> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if name.is_empty() || name.len() > MAX || !name.bytes().all(fits) {
        return Err(Error::Config(format!(
            "a shared bus's name must be 1 to {MAX} ASCII letters, digits, '-', '_' or '.', not {name:?}"
        )));
    }
    Ok(folder().join(format!("quantum-{}-{name}", user())))
}

/// Memory that looks like a folder, or else the folder of temporary files.
fn folder() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() }
}

fn user() -> u32 {
    // SAFETY: no arguments, cannot fail.
    unsafe { libc::geteuid() }
}

fn failed(what: &str, path: &Path, error: &IoError) -> Error {
    Error::Engine(format!("{what} {} failed: {error}", path.display()))
}

/// Opens the bus that is there. `None` if there is none; a `Data` error says what was found that is no bus of ours.
pub fn open(path: &Path) -> Result<Option<(File, Layout)>> {
    let mut options = OpenOptions::new();
    // No link is followed, no child inherits it, and a pipe does not make us wait.
    options.read(true).write(true).custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC | libc::O_NONBLOCK);
    let foreign = |what: &str| Error::Data(format!("the file {} {what}", path.display()));
    let file = match options.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            let owner = std::fs::symlink_metadata(path)
                .map_or(String::new(), |found| format!("; it is {} of user {}", kind(&found), found.uid()));
            return Err(foreign(&format!("cannot be opened by user {}: {error}{owner}", user())));
        }
    };
    let found = file.metadata().map_err(|error| failed("looking at", path, &error))?;
    if !found.is_file() {
        return Err(foreign(&format!("is {}, expected a plain file", kind(&found))));
    }
    if found.uid() != user() {
        return Err(foreign(&format!("belongs to user {}, expected user {}", found.uid(), user())));
    }
    if found.mode() & 0o777 != 0o600 {
        return Err(foreign(&format!("has mode {:04o}, expected 0600", found.mode() & 0o777)));
    }
    if found.len() < HEADER_BYTES as u64 {
        return Err(foreign(&format!("has {} bytes, expected at least {HEADER_BYTES}: it was cut", found.len())));
    }
    let mut bytes = [0; FACTS * 8];
    file.read_exact_at(&mut bytes, 0).map_err(|error| failed("reading", path, &error))?;
    let mut facts = [0; FACTS];
    for (fact, chunk) in facts.iter_mut().zip(bytes.chunks_exact(8)) {
        *fact = u64::from_ne_bytes(chunk.try_into().expect("chunks of eight"));
    }
    let layout = read_facts(&facts, found.len()).map_err(|what| foreign(&what))?;
    Ok(Some((file, layout)))
}

fn kind(found: &std::fs::Metadata) -> &'static str {
    match found.mode() & libc::S_IFMT {
        libc::S_IFREG => "a plain file",
        libc::S_IFDIR => "a folder",
        libc::S_IFLNK => "a symbolic link",
        libc::S_IFIFO => "a pipe",
        _ => "something else",
    }
}

/// Makes a file without a name, with this layout and its header. Gone with its descriptor until [`publish`].
pub fn create(path: &Path, layout: &Layout) -> Result<File> {
    let folder = path.parent().expect("a path inside a folder");
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(0o600).custom_flags(libc::O_TMPFILE | libc::O_CLOEXEC);
    let file = options.open(folder).map_err(|error| failed("making a file in", folder, &error))?;
    // The creation mask may have taken bits away; none may be added.
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))
        .and_then(|()| file.set_len(layout.bytes as u64))
        .map_err(|error| failed("making a file in", folder, &error))?;
    reserve(&file, 0, layout.table_bytes())?;
    reserve(&file, layout.control(0), layout.ring_bytes(0, RecordType::Event))?;
    let facts: Vec<u8> = layout.facts(Process::own()).iter().flat_map(|fact| fact.to_ne_bytes()).collect();
    file.write_all_at(&facts, 0).map_err(|error| failed("writing to a file in", folder, &error))?;
    Ok(file)
}

/// Gives a made file its name; `false` if another process was faster.
pub fn publish(file: &File, path: &Path) -> Result<bool> {
    let text = |bytes: &[u8]| CString::new(bytes).expect("neither a name nor a folder holds a zero byte");
    let (source, target) =
        (text(format!("/proc/self/fd/{}", file.as_raw_fd()).as_bytes()), text(path.as_os_str().as_bytes()));
    let (from, to, here) = (source.as_ptr(), target.as_ptr(), libc::AT_FDCWD);
    // SAFETY: two zero-terminated strings that outlive the call.
    let answer = unsafe { libc::linkat(here, from, here, to, libc::AT_SYMLINK_FOLLOW) };
    let error = IoError::last_os_error();
    match answer {
        0 => Ok(true),
        _ if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        _ => Err(failed("naming", path, &error)),
    }
}

/// Has the system set memory aside for a range, so that touching it later cannot fail.
pub fn reserve(file: &File, offset: usize, bytes: usize) -> Result<()> {
    // Not `posix_fallocate`: where the file system cannot, that one would write into a ring that is in use.
    // SAFETY: the descriptor is open while `file` lives; no pointers.
    let answer = unsafe { libc::fallocate(file.as_raw_fd(), 0, offset as libc::off_t, bytes as libc::off_t) };
    if answer != 0 {
        let (error, folder) = (IoError::last_os_error(), folder());
        return Err(Error::Engine(format!("{} has no room for {bytes} bytes of a ring: {error}", folder.display())));
    }
    Ok(())
}

/// Takes a bus's name away; says whether it was there. Processes that have it open keep it.
pub fn unlink(path: &Path) -> Result<bool> {
    match std::fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(failed("removing", path, &error)),
    }
}
