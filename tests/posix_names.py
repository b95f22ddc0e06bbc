"""Search a program's syntax tree for names that Windows lacks, and for calls that name no encoding.

For `os` and `signal` the tables list the names that Python has on Windows; all other names are reported. The
other tables list names that Windows lacks or that mean something else there.
"""

import ast
import re
from collections.abc import Iterator

WINDOWS_OS = set(
    """DirEntry F_OK O_APPEND O_BINARY O_CREAT O_EXCL O_NOINHERIT O_RANDOM O_RDONLY O_RDWR O_SEQUENTIAL
    O_TEMPORARY O_TRUNC O_WRONLY PathLike R_OK SEEK_CUR SEEK_END SEEK_SET W_OK X_OK _exit abort access
    add_dll_directory altsep chdir chmod close closerange cpu_count curdir defpath devnull dup dup2
    environ error extsep fdopen fsdecode fsencode fspath fstat fsync ftruncate get_exec_path
    get_inheritable get_terminal_size getcwd getcwdb getenv getlogin getpid getppid isatty linesep link
    listdir lseek lstat makedirs mkdir name open pardir path pathsep pipe process_cpu_count putenv read
    readlink remove removedirs rename renames replace rmdir scandir sep set_inheritable startfile stat
    stat_result strerror symlink system times truncate umask unlink unsetenv urandom utime
    waitstatus_to_exitcode walk write""".split()
)  # without kill, waitpid, exec* and spawn*: Windows has them, but os.kill(pid, 0) ends a process there
WINDOWS_SIGNAL = set(
    """CTRL_BREAK_EVENT CTRL_C_EVENT Handlers NSIG SIGABRT SIGBREAK SIGFPE SIGILL SIGINT SIGSEGV SIGTERM
    SIG_DFL SIG_IGN Signals default_int_handler getsignal raise_signal set_wakeup_fd signal strsignal
    valid_signals""".split()
)
POSIX_MODULES = set(
    """_posixshmem _posixsubprocess crypt curses dbm.gnu dbm.ndbm fcntl grp nis ossaudiodev posix pty pwd
    readline resource spwd syslog termios tty uvloop""".split()
)
WINDOWS_MODULES = {"_winapi", "msvcrt", "winreg", "winsound"}
POSIX_ELSEWHERE = {  # of other modules
    "asyncio": {"create_unix_server", "open_unix_connection", "start_unix_server", "unix_events"},
    "locale": {"nl_langinfo"},
    "mmap": {"MAP_ANONYMOUS", "MAP_PRIVATE", "MAP_SHARED", "PROT_READ", "PROT_WRITE"},
    "platform": {"freedesktop_os_release", "libc_ver"},
    "select": {"epoll", "kqueue", "poll"},
    "shutil": {"chown"},
    "socket": {"AF_UNIX", "recv_fds", "send_fds", "socketpair"},
    "threading": {"pthread_kill"},
    "time": {"clock_gettime", "clock_gettime_ns", "clock_settime", "pthread_getcpuclockid", "tzset"},
}
POSIX_METHODS = set(  # of loops, paths and psutil.Process; reported for every object
    """add_signal_handler cpu_affinity cpu_num gids ionice killpg memory_full_info memory_maps num_fds rlimit
    send_signal terminal uids""".split()
)
POSIX_ARGUMENTS = set("extra_groups group pass_fds preexec_fn process_group start_new_session user".split())
STARTERS = set("Popen run call check_call check_output system popen getoutput".split())
IMPORTERS = {"__import__", "importlib.import_module", "import_module"}
POSIX_PROGRAMS = set(
    """awk bash cat chmod chown cp df free grep kill killall ls lscpu mkdir mv nice nohup nproc pgrep pkill ps
    rm sed setsid sh sleep sudo taskset timeout touch tput uname which""".split()
)
POSIX_PATH = re.compile(r"(?<![\w.:/-])/(bin|dev|etc|home|mnt|opt|proc|root|run|sys|tmp|usr|var)(?![\w-])")
WINDOWS_REFUSES = re.compile(r"%-[a-zA-Z]|%s(?=[-_ :%]|$)")  # in strftime


def posix_names(source: str) -> set[str]:
    """The names in a Python program that Windows lacks, such as "os.killpg", and calls without encoding."""
    tree = ast.parse(source)
    modules, names = _modules(tree), set()
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        names.update(_imported(node))
        if isinstance(node, ast.Attribute):
            names.update(_of_module(modules.get(ast.unparse(node.value)), node.attr))
        if isinstance(node, ast.Call):
            names.update(_called(node, modules))
        if isinstance(node, ast.Constant) and id(node) not in documentation:
            names.update(_constant(node.value))
    return names


def _modules(tree) -> dict[str, str]:
    """Name in the program -> the module that it stands for; also after `system = os`."""
    modules = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {alias.asname or alias.name: alias.name for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and ast.unparse(node.value) in modules:
            modules |= {ast.unparse(target): modules[ast.unparse(node.value)] for target in node.targets}
    return modules


def _imported(node) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name in POSIX_MODULES | WINDOWS_MODULES)
    if isinstance(node, ast.ImportFrom) and not node.level:
        if node.module in POSIX_MODULES | WINDOWS_MODULES:
            yield node.module
        for alias in node.names:
            yield from _of_module(node.module, alias.name)


def _of_module(module: str | None, name: str) -> Iterator[str]:
    known = {"os": WINDOWS_OS, "signal": WINDOWS_SIGNAL}
    if (module in known and name not in known[module]) or name in POSIX_ELSEWHERE.get(module, ()):
        yield f"{module}.{name}"
    elif module is None and name in POSIX_METHODS:
        yield f".{name}"


def _called(call: ast.Call, modules) -> Iterator[str]:
    name = ast.unparse(call.func)
    texts = [argument.value if isinstance(argument, ast.Constant) else None for argument in call.args]
    if name in ("getattr", "hasattr", "setattr") and isinstance(texts[1], str):
        yield from _of_module(modules.get(ast.unparse(call.args[0])), texts[1])
    if name in IMPORTERS and texts and texts[0] in POSIX_MODULES:
        yield texts[0]
    if name.rpartition(".")[2] == "CDLL" and texts[:1] == [None] and isinstance(call.args[0], ast.Constant):
        yield "ctypes.CDLL(None)"  # the C library; TypeError on Windows
    formats = [text for text in texts if isinstance(text, str)] if name.endswith("strftime") else []
    if any(map(WINDOWS_REFUSES.search, formats)):
        yield "strftime with a code that Windows lacks"
    if _starts_a_process(name):
        yield from (keyword.arg for keyword in call.keywords if keyword.arg in POSIX_ARGUMENTS)
        yield from _program(call)
    yield from _without_encoding(call, name, texts)


def _starts_a_process(name: str) -> bool:
    return name.rpartition(".")[2] in STARTERS


def _program(call: ast.Call) -> Iterator[str]:
    first = call.args[0] if call.args else None
    first = first.elts[0] if isinstance(first, ast.List | ast.Tuple) and first.elts else first
    words = str(first.value).split(" ") if isinstance(first, ast.Constant) else [""]
    if words[0] in POSIX_PROGRAMS:
        yield f"the program {words[0]}"


def _without_encoding(call: ast.Call, name: str, texts) -> Iterator[str]:
    """Calls that read or write text in the machine's preferred encoding, which is not UTF-8 on Windows."""
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    method = name.rpartition(".")[2]
    if "encoding" in keywords or None in keywords:  # None: **options
        return
    if method in ("read_text", "write_text") and len(call.args) <= (method == "write_text"):
        yield f"{method} without encoding"
    if (
        method in ("open", "fdopen", "NamedTemporaryFile", "TemporaryFile")
        and name != "os.open"
        and not name.startswith("webbrowser")
    ):
        mode = keywords.get("mode")
        modes = [mode.value] if isinstance(mode, ast.Constant) else list(filter(_is_mode, texts))
        default = "w+b" if "Temporary" in method else "r"
        binary = {"gzip", "bz2", "lzma", "zipfile", "tarfile"} & set(name.split("."))
        if "t" in "".join(modes) or ("b" not in "".join(modes or [default]) and not binary):
            yield f"{method} without encoding"
    if _starts_a_process(name) and any(_is_true(keywords.get(key)) for key in ("text", "universal_newlines")):
        yield "a process's text without encoding"
    if method in ("TextIOWrapper", "FileHandler"):
        yield f"{method} without encoding"


def _is_mode(text) -> bool:
    return isinstance(text, str) and re.fullmatch(r"[rwaxbt+U]{1,4}", text) is not None


def _is_true(node) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _constant(value) -> Iterator[str]:
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    if not isinstance(text, str):
        return
    yield from (f"/{match[1]}" for match in POSIX_PATH.finditer(text))
    if "import " in text and "\n" in text:  # a program within the program
        try:
            yield from posix_names(text)
        except SyntaxError:
            return
