// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Sockets;
using VhostDevice.Linux;

namespace VhostDevice.Hosting.Kinds;

/// <summary>Which sockets front-ends connect to: how many, how they are named, how the command line says so.</summary>
public sealed class SocketPlan
{
    private const ulong MaxSockets = 1024;

    private static readonly TextSetting s_one = new("--socket-path", "-s", "PATH", "Where to listen");

    private static readonly TextSetting s_numbered = new(
        "--socket-path", "-s", "PATH", "Where to listen; numbers are appended, even for one socket: PATH0, PATH1, ...");

    private static readonly TextSetting s_named = new(
        "--socket-path", "-s", "PATH", "Where to listen; the name of each bus and chip is appended: PATH.NAME");

    private readonly Naming _naming;
    private readonly string _part = "";

    private SocketPlan(Naming naming, TextSetting path, NumberSetting? count = null, string part = "")
    {
        _naming = naming;
        Path = path;
        Count = count;
        _part = part;
    }

    private enum Naming
    {
        /// <summary>The path itself.</summary>
        Plain,

        /// <summary>0, 1, … behind the path, as many as the command line asks for.</summary>
        Counted,

        /// <summary>0, 1, … behind the path, one for each of <see cref="Served.Parts"/>.</summary>
        PartNumbers,

        /// <summary>A dot and the name of each of <see cref="Served.Parts"/> behind the path.</summary>
        PartNames,

        /// <summary>The device says how many and where, unless the common options name one.</summary>
        Own,
    }

    /// <summary>One socket at PATH.</summary>
    public static SocketPlan One { get; } = new(Naming.Plain, s_one);

    /// <summary>A socket for each part of what is served, PATH.NAME.</summary>
    public static SocketPlan ByPartName { get; } = new(Naming.PartNames, s_named);

    /// <summary>The setting of the path.</summary>
    public TextSetting Path { get; }

    /// <summary>The setting of the number of sockets; null: it is not given so.</summary>
    public NumberSetting? Count { get; }

    internal IReadOnlyList<Setting> Settings => Count is null ? [Path, CommonSettings.Fd] : [Path, Count, CommonSettings.Fd];

    /// <summary>PATH0, PATH1, …, as many as --socket-count says.</summary>
    /// <param name="help">What a socket is to this device.</param>
    public static SocketPlan Counted(string help) =>
        new(Naming.Counted, s_numbered, new NumberSetting("--socket-count", "-c", "COUNT", help, from: 1, to: MaxSockets, byDefault: 1));

    /// <summary>PATH0, PATH1, …, one for each part of what is served.</summary>
    /// <param name="part">What a part is, such as "chip"; an s behind it makes the plural.</param>
    public static SocketPlan ByPartNumber(string part) => new(
        Naming.PartNumbers,
        s_numbered,
        new NumberSetting("--socket-count", "-c", "COUNT", $"Number of sockets; must be the number of {part}s", from: 1, to: MaxSockets)
        {
            Unset = $"the number of {part}s",
        },
        part);

    /// <summary>The device opens sockets where its own settings say (<see cref="Served.Paths"/>), or one at this path.</summary>
    public static SocketPlan Own(TextSetting path) => new(Naming.Own, path);

    /// <summary>Whether the command line, or the service manager, names a socket.</summary>
    public bool IsGiven(Values values) => values.Has(Path) || IsFdGiven(values) || ServiceManager.ListenFds() > 0;

    /// <summary>Whether the command line names an inherited socket.</summary>
    public static bool IsFdGiven(Values values) => values.Has(CommonSettings.Fd);

    /// <summary>What is wrong with what the command line says of sockets; null: nothing.</summary>
    internal string? Problem(Values values)
    {
        if (values.Has(Path) && IsFdGiven(values))
            return $"{Path.Name} and --fd exclude each other: give one of them";
        if (IsFdGiven(values) && IsOtherCount(values, 1))
            return $"--fd is one socket, and {Count!.Name} asks for {values[Count]}";
        if (_naming == Naming.Own || values.Has(Path) || IsFdGiven(values))
            return null;
        int handedOver = ServiceManager.ListenFds();
        if (handedOver == 0)
            return $"{Path.Name} {Path.Value} is missing (or --fd FDNUM)";
        return IsOtherCount(values, handedOver)
            ? $"{Count!.Name} asks for {values[Count]}, and the service manager handed over {handedOver}"
            : null;
    }

    /// <summary>How many sockets the command line, or the service manager, gives; null: as many as there are parts.</summary>
    internal int? Given(Values values)
    {
        if (IsFdGiven(values))
            return 1;
        if (!values.Has(Path))
            return ServiceManager.ListenFds() is > 0 and int count ? count : null;
        return _naming switch
        {
            Naming.Plain or Naming.Own => 1,
            Naming.Counted => (int)values[Count!],
            Naming.PartNumbers when values.Has(Count!) => (int)values[Count!],
            _ => null,
        };
    }

    /// <summary>Opens the sockets.</summary>
    /// <exception cref="StartupException">One cannot be had, or there are too few or too many.</exception>
    internal IReadOnlyList<ListeningSocket> Open(DeviceKind kind, Opening at, Served served)
    {
        Values values = at.Values;
        if (served.Paths is { } paths)
            return Listen(paths, "socket", at.Access);
        int? given = Given(values);
        int wanted = served.Parts?.Count ?? (_naming == Naming.Counted ? given ?? 1 : 1);
        if (given is { } count && count != wanted)
            throw new StartupException(Mismatch(kind, served, wanted, count), isUsage: true);
        if (IsFdGiven(values))
            return [ListeningSocket.Inherit((int)values[CommonSettings.Fd])];
        return values[Path] is { } path
            ? Listen(PathsBehind(path, wanted, served), Path.Name, at.Access)
            : ServiceManager.Inherit();
    }

    private static List<ListeningSocket> Listen(IReadOnlyList<string> paths, string option, SocketAccess? access)
    {
        List<ListeningSocket> sockets = [];
        try
        {
            foreach (string path in paths)
                sockets.Add(ListeningSocket.Create(path, option, access));
            return sockets;
        }
        catch
        {
            foreach (ListeningSocket socket in sockets)
                socket.Dispose();
            throw;
        }
    }

    private bool IsOtherCount(Values values, int count) => Count is not null && values.Has(Count) && values[Count] != (ulong)count;

    private IReadOnlyList<string> PathsBehind(string path, int count, Served served)
    {
        switch (_naming)
        {
            case Naming.Counted:
                return SocketPaths.Numbered(path, (uint)count);
            case Naming.PartNumbers:
                return SocketPaths.Appended(path, (uint)count);
            case Naming.PartNames:
                List<string> paths = [];
                foreach (string part in served.Parts!)
                    paths.Add($"{path}.{part}");
                return paths;
            default:
                return [path];
        }
    }

    private string Mismatch(DeviceKind kind, Served served, int wanted, int count) => _naming switch
    {
        Naming.PartNumbers => $"there {(wanted == 1 ? "is" : "are")} {Number(wanted, _part)} for {Number(count, "socket")}: give one for each",
        Naming.PartNames =>
            $"the {kind.Name} needs {Number(wanted, "socket")} ({string.Join(", ", served.Parts!)}), and {count} "
                + $"{(count == 1 ? "is" : "are")} handed over",
        _ => $"{kind.Name} serves one socket, and {count} are handed over",
    };

    private static string Number(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";
}
