"""The imports of a Java file, and classes of the Java library that one simple name means to everybody."""

import re
from dataclasses import dataclass

from analysis.recipes.page import Page

_IMPORT = re.compile(r"^import\s+(?P<static>static\s+)?(?P<path>[\w.]+(?:\.\*)?)\s*;\s*(?://.*)?$")
_PACKAGE = re.compile(r"^package\s+[\w.]+\s*;")
_NOT_CODE = re.compile(r'//[^\n]*|/\*.*?\*/|"""(?:\\.|.)*?"""|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
_PACKAGES = {
    "java.io": "BufferedInputStream BufferedOutputStream BufferedReader BufferedWriter ByteArrayInputStream "
    "ByteArrayOutputStream File FileInputStream FileNotFoundException FileOutputStream FileReader FileWriter "
    "IOException InputStream InputStreamReader ObjectInputStream ObjectOutputStream OutputStream OutputStreamWriter "
    "PrintStream PrintWriter Serializable StringReader StringWriter UncheckedIOException",
    "java.math": "BigDecimal BigInteger MathContext RoundingMode",
    "java.net": "HttpURLConnection InetAddress MalformedURLException ServerSocket URI URISyntaxException URL",
    "java.nio.charset": "StandardCharsets",
    "java.nio.file": "Files NoSuchFileException Paths StandardCopyOption StandardOpenOption",
    "java.time": "DayOfWeek LocalDate LocalDateTime LocalTime OffsetDateTime ZoneId ZoneOffset ZonedDateTime",
    "java.time.format": "DateTimeFormatter DateTimeParseException",
    "java.time.temporal": "ChronoUnit TemporalAdjusters",
    "java.util": "ArrayDeque ArrayList Arrays BitSet Calendar Collection Collections Comparator "
    "ConcurrentModificationException Deque EnumMap EnumSet GregorianCalendar HashMap HashSet IdentityHashMap "
    "InputMismatchException Iterator LinkedHashMap LinkedHashSet LinkedList ListIterator Locale Map NavigableMap "
    "NavigableSet NoSuchElementException Objects Optional OptionalDouble OptionalInt OptionalLong PriorityQueue "
    "Properties Queue Random ResourceBundle Scanner Set SortedMap SortedSet Spliterator Stack StringJoiner "
    "StringTokenizer TreeMap TreeSet UUID WeakHashMap List",
    "java.util.concurrent": "Callable CompletableFuture ConcurrentHashMap ConcurrentLinkedQueue ConcurrentMap "
    "CopyOnWriteArrayList CountDownLatch ExecutionException ExecutorService Executors LinkedBlockingQueue "
    "ScheduledExecutorService ThreadLocalRandom TimeUnit TimeoutException",
    "java.util.concurrent.atomic": "AtomicBoolean AtomicInteger AtomicLong AtomicReference LongAdder",
    "java.util.function": "BiConsumer BiFunction BiPredicate BinaryOperator IntFunction IntPredicate IntUnaryOperator "
    "ToDoubleFunction ToIntFunction ToLongFunction UnaryOperator Supplier Consumer",
    "java.util.stream": "Collectors DoubleStream IntStream LongStream",
}
_CLASSES = {name: f"{package}.{name}" for package, names in _PACKAGES.items() for name in names.split()}
# `java.awt` has these too, but not with type arguments.
_WITH_ARGUMENTS = frozenset({"List"})


@dataclass(frozen=True, slots=True)
class JavaImport:
    """An import on a line of its own; `name` is what it brings, `*` for all of a package."""

    line: int
    path: str
    static: bool

    @property
    def name(self) -> str:
        """The simple name."""
        return self.path.rpartition(".")[2]


def java_imports(page: Page) -> tuple[JavaImport, ...]:
    """Read the imports that stand ahead of the first class."""
    found: list[JavaImport] = []
    for number, line in enumerate(code_only(page.text).split("\n"), 1):
        if match := _IMPORT.match(line):
            found.append(JavaImport(number, match["path"], match["static"] is not None))
        elif re.match(r"^\s*(?:@|(?:public|final|abstract|class|interface|enum|record|sealed)\b)", line):
            break
    return tuple(found)


def package_line(page: Page) -> int | None:
    """Give the line of the package clause; None for a file in no package."""
    lines = code_only(page.text).split("\n")
    return next((number for number, line in enumerate(lines, 1) if _PACKAGE.match(line)), None)


def code_only(text: str) -> str:
    """Blank out comments and literals, keeping every place."""
    return _NOT_CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def library_class(name: str, text: str) -> str | None:
    """Give the whole name of the library's class that a file means by a simple name; None where two could be meant."""
    whole = _CLASSES.get(name)
    uses = re.findall(rf"(?<![\w.]){re.escape(name)}\b(\s*<)?", code_only(text))
    if whole is None or not uses or (name in _WITH_ARGUMENTS and not all(uses)):
        return None
    return whole
