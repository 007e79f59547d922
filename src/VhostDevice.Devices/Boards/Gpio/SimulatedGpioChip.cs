// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Devices.Boards.Wiring;
using VhostDevice.Devices.Gpio;
using VhostDevice.Linux;
using VhostDevice.Virtio.Devices;

namespace VhostDevice.Devices.Boards.Gpio;

/// <summary>A GPIO chip of a board: each line is a pin, which is wired like any other.</summary>
public sealed class SimulatedGpioChip : BoardPort, IGpioChip
{
    /// <summary>The most lines that a chip can have: virtio counts them with 16 bits.</summary>
    public const int MaxLines = ushort.MaxValue;

    private readonly SimulatedGpioLine[] _lines;

    /// <param name="name">What it is called, also on its board: the pins are <c>NAME.0</c> and so on.</param>
    /// <param name="lineNames">One for each line; empty for a line without a name.</param>
    /// <exception cref="BoardException">More than <see cref="MaxLines"/> lines, or a name that the board has already.</exception>
    public SimulatedGpioChip(Board board, string name, IReadOnlyList<string> lineNames)
        : base(board, lineNames.Count <= MaxLines ? name : throw new BoardException($"a chip has at most {MaxLines} lines")) =>
        _lines = [.. lineNames.Select((n, i) => new SimulatedGpioLine(board, i, n, FullName(n.Length > 0 ? n : Number(i))))];

    public string Label => Board.Name;

    public override bool HasPins => true;

    public override string Noun => "chip";

    public override string PinNoun => "line";

    public override string PinNames
    {
        get
        {
            const int few = 16;
            string all = LineCount == 1 ? $"the chip has one line, {FullName("0")}" : $"{FullName("0")} to {FullName(Number(LineCount - 1))}";
            string[] named = [.. _lines.Where(l => l.Name.Length > 0).Select(l => FullName(l.Name))];
            return named.Length is 0 or > few ? all : $"{all}, or by name: {string.Join(", ", named)}";
        }
    }

    public override string PinExample => FullName("0");

    /// <summary>Nobody: nothing waits.</summary>
    public HostCalls? Calls => null;

    public int LineCount => _lines.Length;

    public string LineName(int line) => _lines[line].Name;

    public GpioDirection Direction(int line)
    {
        lock (Board.Gate)
            return _lines[line].Direction;
    }

    public string? UserOf(int line)
    {
        lock (Board.Gate)
            return _lines[line].User;
    }

    public Errno Request(int line, string owner, in GpioLineSettings settings, EventLoop loop, IGpioEdgeListener listener, out IGpioLine? requested)
    {
        lock (Board.Gate)
        {
            requested = null;
            SimulatedGpioLine wanted = _lines[line];
            if (wanted.User is not null)
                return Errno.EBUSY;
            requested = new SimulatedGpioRequest(Board, wanted, owner, settings, loop, listener);
            return Errno.Success;
        }
    }

    /// <summary>The pin of a line, to wire it.</summary>
    public Pin PinOf(int line) => _lines[line].Pin;

    /// <summary>The pin of a line by its number or name; null when there is none.</summary>
    public override Pin? FindPin(string name) =>
        int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < _lines.Length
            ? _lines[number].Pin
            : _lines.FirstOrDefault(l => l.Name == name && name.Length > 0)?.Pin;

    /// <summary>Serves it with all of its lines.</summary>
    public override Func<VirtioDevice> Serve(PortSocket socket) =>
        () => new GpioDevice(this, GpioLineChoice.All(this), socket.User, socket.Log);

    /// <summary>Nothing: the board has it.</summary>
    public void Dispose()
    {
    }

    private static string Number(int line) => line.ToString(CultureInfo.InvariantCulture);

    private string FullName(string line) => $"{Name}.{line}";
}
