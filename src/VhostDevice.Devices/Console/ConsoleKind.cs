// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Console.Clients;
using VhostDevice.Devices.Console.Ports;
using VhostDevice.Hosting;
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Hosting.Control;
using VhostDevice.Hosting.Kinds;
using VhostDevice.Linux;
using VhostDevice.Linux.Sandbox;

namespace VhostDevice.Devices.Console;

/// <summary>console: a guest's terminals, and channels for programs in it.</summary>
public sealed class ConsoleKind() : DeviceKind("console", 3, "Consoles: terminals of a guest, and channels for programs in it")
{
    private const string Nested = "nested";
    private const ulong MostTcpPort = ushort.MaxValue;

    private static readonly SocketPlan s_sockets = SocketPlan.Counted(
        "Number of sockets, a guest's console on each; 1 with --backend nested or --port");

    private static readonly ChoiceSetting s_backEnd = new(
        "--backend", "-b", "BACKEND",
        "What the only port is connected with: nested (the daemon's own terminal) or network (a TCP port of 127.0.0.1)",
        [Nested, "network"], byDefault: Nested);

    private static readonly NumberSetting s_tcpPort = new(
        "--tcp-port", "-p", "PORT", "The TCP port of the first socket with --backend network; the next ones follow",
        from: 1, to: MostTcpPort, byDefault: 12345);

    private static readonly NumberSetting s_queueSize = new(
        "--max-queue-size", "-q", "SIZE", "Largest size of a queue, a power of two", from: 1, to: 32768, byDefault: 128);

    private static readonly ListSetting s_ports = new("--port", null, "PORT", PortSettings.Help);

    private static readonly NumberSetting s_most = new(
        "--max-ports", null, "COUNT", "Room for ports, for those that 'console add' adds; a front-end needs 2 queues for each, and 2 more",
        from: 1, to: ConsoleDevice.MostPorts)
    {
        Unset = "the number of ports",
    };

    private static readonly ChoiceSetting s_order = new(
        "--resize-order", null, "ORDER",
        "What a guest's driver expects first in a message about a window's size: spec (columns; Linux since 2026) or legacy (rows)",
        ["spec", "legacy"], byDefault: "spec");

    private static readonly TextSetting s_escape = new(
        "--escape", null, "KEY", "The key that ends the daemon when its own terminal is a port: " + EscapeKey.Form, "^C")
    {
        Wanted = EscapeKey.Form,
        IsPossible = static text => EscapeKey.TryParse(text, out _),
    };

    private static readonly TextSetting s_control = new(
        ControlSocket.Option, null, "PATH", "Listen here for 'console attach', 'send', 'expect', 'log', 'list', 'add', 'remove' and 'resize'");

    public override SocketPlan Sockets => s_sockets;

    public override IReadOnlyList<Setting> Settings => [s_backEnd, s_tcpPort, s_queueSize, s_ports, s_most, s_order, s_escape, s_control];

    public override IReadOnlyList<ControlVerb> Verbs => ConsoleRequests.Verbs;

    public override IReadOnlyList<Command> Tools => ConsoleTools.All;

    public override string Example => "--socket-path /run/vm/console --port backend=pty:/run/vm/console.tty";

    public override string? Problem(Values values) =>
        values.Has(s_ports) && (values.Has(s_backEnd) || values.Has(s_tcpPort))
            ? $"{s_ports.Name} and {(values.Has(s_backEnd) ? s_backEnd.Name : s_tcpPort.Name)} exclude each other: "
                + "a port says itself what it is connected with"
        : !ulong.IsPow2(values[s_queueSize]) ? $"{s_queueSize.Name} {values[s_queueSize]} is not possible: a power of two"
        : values.Has(s_most) && values[s_most] < (ulong)values[s_ports].Count
            ? $"{s_most.Name} {values[s_most]} is too little for {values[s_ports].Count} ports"
        : values[s_ports].Count > ConsoleDevice.MostPorts ? $"{values[s_ports].Count} ports are too many: {ConsoleDevice.MostPorts} at the most"
        : null;

    public override IReadOnlyList<CallRule> Calls(Values values)
    {
        List<CallRule> calls =
        [
            CallRule.Ioctl(CallArguments.TIOCGWINSZ, CallArguments.FIONREAD),
            new(SystemCalls.setsockopt, ArgumentCheck.Is(1, CallArguments.IPPROTO_TCP)),
        ];
        bool mayGrow = values.Has(s_control);
        if (mayGrow || values[s_ports].Any(static p => p.Contains("backend=log:", StringComparison.Ordinal)))
            calls.AddRange(CallRule.Any(SystemCalls.openat, SystemCalls.renameat));
        if (mayGrow || values[s_ports].Any(static p => p.Contains("client", StringComparison.Ordinal)))
            calls.AddRange([new(SystemCalls.socket, ArgumentCheck.Is(0, CallArguments.AF_UNIX)), new(SystemCalls.connect)]);
        if (mayGrow)
        {
            calls.AddRange(CallRule.Any(
                SystemCalls.bind, SystemCalls.listen, SystemCalls.fchmodat, SystemCalls.fchownat, SystemCalls.inotify_init1,
                SystemCalls.inotify_add_watch, SystemCalls.symlink, SystemCalls.symlinkat, SystemCalls.readlink, SystemCalls.readlinkat));
            calls.Add(CallRule.Ioctl(CallArguments.TIOCSPTLCK, CallArguments.TIOCGPTN));
            calls.Add(new(SystemCalls.socket, ArgumentCheck.Is(0, CallArguments.AF_INET), ArgumentCheck.Is(0, CallArguments.AF_INET6)));
            calls.Add(new(SystemCalls.setsockopt, ArgumentCheck.Is(1, CallArguments.SOL_SOCKET)));
        }

        return calls;
    }

    public override Served Open(Opening at)
    {
        List<PortSettings> ports = Ports(at);
        int count = at.SocketCount;
        int most = (int)Math.Max(at[s_most], (ulong)ports.Count);
        if (count > 1 && (at.Values.Has(s_ports) || at[s_backEnd] == Nested))
            throw Opening.Wrong(s_sockets.Count!, $" {count} is not possible: several sockets are for --backend network");
        if (at[s_tcpPort] + (ulong)count - 1 > MostTcpPort)
            throw Opening.Wrong(s_tcpPort, $" {at[s_tcpPort]} is too large for {count} sockets: TCP ports end at {MostTcpPort}");
        PortTable[] tables = new PortTable[count];
        for (int i = 0; i < count; i++)
            tables[i] = at.Owns(new PortTable(NewLoop(), most));
        _ = EscapeKey.TryParse(at[s_escape]!, out byte? escape);
        StandardStreams? standard = ports.Any(static p => p.End == EndKind.Standard) ? StandardStreams.Open(at, tables[0].Loop, escape) : null;
        PortOpener opener = new(s_ports.Name, at.Log) { Standard = standard is null ? null : standard.MakeEnd };
        PortPlaces places = new(opener, keepsRecent: at.Values.Has(s_control));
        at.WithSockets(() =>
        {
            for (int i = 0; i < count; i++)
            {
                foreach (PortSettings port in ports)
                    _ = places.Add(tables[i], port.End == EndKind.Tcp && !at.Values.Has(s_ports) ? Numbered(at, i) : port);
            }

            PortFolders.Allow(at, ports, at[s_control]);
        });
        if (at[s_control] is { } path)
        {
            at.Begin(() => opener.MayStartPrograms = false);
            opener.DeniedHint = PortFolders.Hint;
            at.Listen(path, loop => new ConsoleControl(loop, tables, places, at.Log));
        }

        ResizeOrder order = at[s_order] == "legacy" ? ResizeOrder.Legacy : ResizeOrder.Specification;
        ushort queueSize = (ushort)at[s_queueSize];
        return new Served(socket =>
        {
            PortTable table = tables[socket.Index];
            foreach (ConsolePort port in table.All)
                at.Meter?.Add(socket.Name, PortCounterTable.Of(port));
            return () => new ConsoleDevice(table, order, queueSize, socket.Log);
        })
        {
            LoopOf = i => tables[i].Loop,
        };
    }

    private static PortSettings Numbered(Opening at, int index) =>
        new(null, IsConsole: true, EndKind.Tcp, $"127.0.0.1:{at[s_tcpPort] + (ulong)index}");

    private static List<PortSettings> Ports(Opening at)
    {
        if (!at.Values.Has(s_ports))
            return [at[s_backEnd] == Nested ? new PortSettings(null, IsConsole: true, EndKind.Standard) : Numbered(at, 0)];
        List<PortSettings> ports = [];
        foreach (string text in at[s_ports])
            ports.Add(PortSettings.Parse(text, out string problem) ?? throw new StartupException($"{s_ports.Name} {text}: {problem}", isUsage: true));
        if (ports.Count(static p => p.End == EndKind.Standard) > 1)
            throw Opening.Wrong(s_ports, ": backend=stdio is for one port");
        return ports;
    }

    private static EventLoop NewLoop()
    {
        Errno errno = EventLoop.Create(out EventLoop? loop);
        return errno.IsSuccess ? loop! : throw new StartupException($"there is no event loop: {errno}");
    }
}
