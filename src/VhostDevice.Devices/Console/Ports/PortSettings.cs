// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Hosting.CommandLine;

namespace VhostDevice.Devices.Console.Ports;

/// <summary>What a port is connected with, by the words of the command line.</summary>
internal enum EndKind
{
    Null,
    Standard,
    PseudoTerminal,
    Unix,
    UnixClient,
    Tcp,
    File,
    Log,
    Program,
}

/// <summary>A port as a user writes it: <c>name=…,kind=…,backend=…</c>.</summary>
/// <param name="Name">What the guest finds it by; null: none was given.</param>
/// <param name="IsConsole">A terminal, or a channel for programs.</param>
/// <param name="End">What it is connected with.</param>
/// <param name="Target">A path, an address or a command.</param>
/// <param name="Max">Of a log: bytes of a file; 0 or less: no limit.</param>
/// <param name="Keep">Of a log: older files.</param>
internal sealed record PortSettings(string? Name, bool IsConsole, EndKind End, string Target = "", long Max = -1, int Keep = 0)
{
    internal const int MaxNameBytes = 63;
    internal const long DefaultMax = 10 << 20;
    internal const int DefaultKeep = 5;

    internal const string Help =
        "A port: name=NAME,kind=console|serial,backend=BACKEND. A console is a terminal of the guest (the default), serial a channel for "
        + "programs in it. BACKEND is null (the default), stdio, pty[:LINK], unix:PATH[,client], tcp:ADDRESS:PORT, file:PATH, "
        + "log:PATH[,max=BYTES,keep=FILES] or exec:COMMAND, which comes last";

    private const string Backends = "null, stdio, pty[:LINK], unix:PATH[,client], tcp:ADDRESS:PORT, file:PATH, log:PATH or exec:COMMAND";

    /// <param name="problem">Follows the text in a message.</param>
    internal static PortSettings? Parse(string text, out string problem)
    {
        PortSettings port = new(null, IsConsole: true, EndKind.Null);
        List<string> seen = [];
        string rest = text;
        problem = "";
        while (rest.Length > 0 && problem.Length == 0)
        {
            string part = Next(ref rest);
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            string key = equals < 0 ? part : part[..equals];
            string value = equals < 0 ? "" : part[(equals + 1)..];
            if (seen.Contains(key))
                problem = $"{key} is given twice";
            else
                port = port.With(key, value, out problem);
            seen.Add(key);
        }

        if (problem.Length == 0 && port.End != EndKind.Log && (seen.Contains("max") || seen.Contains("keep")))
            problem = "max= and keep= are for backend=log:PATH";
        if (port.End == EndKind.Log)
            port = port with { Max = port.Max < 0 ? DefaultMax : port.Max, Keep = port.Keep == 0 ? DefaultKeep : port.Keep };
        return problem.Length == 0 ? port : null;
    }

    private static string Next(ref string rest)
    {
        int end = rest.StartsWith("backend=exec:", StringComparison.Ordinal) ? -1 : rest.IndexOf(',', StringComparison.Ordinal);
        string part = end < 0 ? rest : rest[..end];
        rest = end < 0 ? "" : rest[(end + 1)..];
        return part;
    }

    private PortSettings With(string key, string value, out string problem)
    {
        problem = "";
        ulong number;
        switch (key)
        {
            case "name" when IsName(value):
                return this with { Name = value };
            case "name":
                problem = $"'{value}' is no name for a port: letters, digits and . _ : - of which there are 1 to {MaxNameBytes}, not only digits";
                return this;
            case "kind" when value is "console" or "serial":
                return this with { IsConsole = value == "console" };
            case "kind":
                problem = $"there is no kind '{value}': console or serial";
                return this;
            case "backend":
                return WithBackEnd(value, out problem);
            case "client" when value.Length == 0 && End == EndKind.Unix:
                return this with { End = EndKind.UnixClient };
            case "max" when UnitText.Read(value, NumberUnit.Bytes, out number) == NumberText.Number && number is 0 or (>= 4096 and <= long.MaxValue):
                return this with { Max = (long)number };
            case "max":
                problem = $"max={value} is not possible: 4096 bytes or more, or 0 for no limit";
                return this;
            case "keep" when UnitText.Read(value, NumberUnit.None, out number) == NumberText.Number && number is >= 1 and <= 1000:
                return this with { Keep = (int)number };
            case "keep":
                problem = $"keep={value} is not possible: 1 to 1000";
                return this;
            default:
                problem = $"'{key}' is nothing that a port has: name=, kind=, backend=, client (of unix:PATH), max= and keep= (of log:PATH)";
                return this;
        }
    }

    private PortSettings WithBackEnd(string value, out string problem)
    {
        int colon = value.IndexOf(':', StringComparison.Ordinal);
        string word = colon < 0 ? value : value[..colon];
        string target = colon < 0 ? "" : value[(colon + 1)..];
        EndKind? kind = word switch
        {
            "null" => EndKind.Null,
            "stdio" => EndKind.Standard,
            "pty" => EndKind.PseudoTerminal,
            "unix" => EndKind.Unix,
            "tcp" => EndKind.Tcp,
            "file" => EndKind.File,
            "log" => EndKind.Log,
            "exec" => EndKind.Program,
            _ => null,
        };
        bool takesNone = kind is EndKind.Null or EndKind.Standard;
        bool needsOne = kind is not (EndKind.Null or EndKind.Standard or EndKind.PseudoTerminal);
        problem = kind is null ? $"there is no backend '{value}': {Backends}"
            : takesNone && colon >= 0 ? $"backend={word} takes nothing behind it"
            : (needsOne && target.Length == 0) || (colon >= 0 && target.Length == 0) ? $"backend={value} is not complete: {Backends}"
            : "";
        if (problem.Length > 0)
            return this;
        return this with { End = kind!.Value, Target = target };
    }

    // It becomes a file's name in the guest's /dev, and a word of commands here.
    private static bool IsName(string text)
    {
        if (text.Length is 0 or > MaxNameBytes || text is "." or "..")
            return false;
        bool isNumber = true;
        foreach (char c in text)
        {
            isNumber &= char.IsAsciiDigit(c);
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or ':' or '-'))
                return false;
        }

        return !isNumber;
    }
}
