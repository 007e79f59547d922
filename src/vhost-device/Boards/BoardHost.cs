// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Control;
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Devices.Boards.I2c;
using VhostDevice.Devices.Boards.Recording;
using VhostDevice.Devices.I2c;
using VhostDevice.Devices.Yaml;
using VhostDevice.Hosting;
using VhostDevice.Hosting.Control;
using VhostDevice.Hosting.Logging;
using VhostDevice.Hosting.Sandbox;
using VhostDevice.Linux;

namespace VhostDevice.Program.Boards;

/// <summary>A board in this process, with its recording and its control socket.</summary>
internal sealed class BoardHost : IDisposable
{
    private readonly List<ITrace> _traces = [];
    private ControlSocket? _control;

    private BoardHost(Board board) => Board = board;

    internal Board Board { get; }

    /// <summary>Makes the board, and opens what is opened by name; threads come with <see cref="Begin"/>.</summary>
    /// <param name="controlPath">Where to listen for commands; null: nowhere.</param>
    /// <param name="records">Files to record to.</param>
    /// <param name="recordLimit">Bytes in each of the two files that a recording consists of.</param>
    /// <exception cref="StartupException">It cannot be made.</exception>
    internal static BoardHost Open(string file, string? controlPath, IReadOnlyList<string> records, long recordLimit, StderrLogger log)
    {
        BoardHost host;
        try
        {
            host = new BoardHost(BoardFile.Load(file, log: log));
        }
        catch (YamlFileException problem)
        {
            throw new StartupException(problem.Message);
        }

        try
        {
            foreach (string path in records)
                host.OpenTrace(path, recordLimit);
            if (controlPath is not null)
                host._control = ControlSocket.Open(controlPath, log, host.Listen);
            return host;
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    /// <summary>All buses of the board, as one adapter for guests.</summary>
    /// <exception cref="StartupException">They cannot be one, or there is none.</exception>
    internal I2cBusSet I2cBuses()
    {
        IReadOnlyList<SimulatedI2cBus> buses = Board.PortsOf<SimulatedI2cBus>();
        if (buses.Count == 0)
            throw new StartupException($"the board {Board.Name} has no I2C bus: give its file an 'i2c:' list");
        try
        {
            return new I2cBusSet(buses);
        }
        catch (ArgumentException)
        {
            throw new StartupException($"buses of the board {Board.Name} share an address, so a guest cannot have them as one adapter: use 'vhost-device board serve', which gives each a socket");
        }
    }

    /// <summary>Has the sandbox leave what the end needs.</summary>
    internal void Allow(ProcessSandbox sandbox) => _control?.Allow(sandbox);

    /// <summary>Starts what has threads: inside the sandbox, before the first guest.</summary>
    internal void Begin()
    {
        if (_traces.Count > 0)
            Board.Recorder = new BoardRecorder(Board, _traces);
        _control?.Start();
    }

    public void Dispose()
    {
        _control?.Dispose();
        if (Board.Recorder is null)
        {
            foreach (ITrace trace in _traces)
                trace.Dispose();
        }

        Board.Dispose();
    }

    private void OpenTrace(string path, long limit)
    {
        Errno errno = TraceFile.Create(path, limit, out TraceFile? file);
        if (errno.IsError)
        {
            throw new StartupException($"--record {path} cannot be written: " + (errno == Errno.ENOENT ? "its folder does not exist"
                : errno == Errno.EACCES ? "no permission"
                : errno.ToString()));
        }

        _traces.Add(path.EndsWith(".vcd", StringComparison.OrdinalIgnoreCase) ? new VcdTrace(file!) : new TextTrace(file!));
    }

    private Errno Listen(EventLoop loop, OwnedFd listener, out IDisposable? server)
    {
        Errno errno = BoardControl.Listen(loop, listener, Board, out BoardControl? control);
        server = control;
        return errno;
    }
}
