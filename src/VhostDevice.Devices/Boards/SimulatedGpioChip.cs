// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Devices.Boards.Wiring;
using VhostDevice.Devices.Gpio;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards;

/// <summary>A GPIO chip of a board: each line is a pin, which is wired like any other.</summary>
public sealed class SimulatedGpioChip : IGpioChip
{
    /// <summary>The most lines that a chip can have: virtio counts them with 16 bits.</summary>
    public const int MaxLines = ushort.MaxValue;

    private readonly Board _board;
    private readonly SimulatedGpioLine[] _lines;

    /// <param name="name">What it is called, also on its board: the pins are <c>NAME.0</c> and so on.</param>
    /// <param name="lineNames">One for each line; empty for a line without a name.</param>
    /// <exception cref="BoardException">More than <see cref="MaxLines"/> lines, or a name that the board has already.</exception>
    public SimulatedGpioChip(Board board, string name, IReadOnlyList<string> lineNames)
    {
        if (lineNames.Count > MaxLines)
            throw new BoardException($"a chip has at most {MaxLines} lines");
        if (board.Chips.Any(c => c.Name == name))
            throw new BoardException($"the board has a chip '{name}' already");
        _board = board;
        Name = name;
        _lines = [.. lineNames.Select((n, i) => new SimulatedGpioLine(board, i, n, string.Create(CultureInfo.InvariantCulture, $"{name}.{(n.Length > 0 ? n : i)}")))];
        board.Add(this);
    }

    public string Name { get; }

    public string Label => _board.Name;

    /// <summary>Nobody: nothing waits.</summary>
    public HostCalls? Calls => null;

    public int LineCount => _lines.Length;

    public string LineName(int line) => _lines[line].Name;

    public GpioDirection Direction(int line)
    {
        lock (_board.Gate)
            return _lines[line].Direction;
    }

    public string? UserOf(int line)
    {
        lock (_board.Gate)
            return _lines[line].User;
    }

    public Errno Request(int line, string owner, in GpioLineSettings settings, EventLoop loop, IGpioEdgeListener listener, out IGpioLine? requested)
    {
        lock (_board.Gate)
        {
            requested = null;
            SimulatedGpioLine wanted = _lines[line];
            if (wanted.User is not null)
                return Errno.EBUSY;
            requested = new SimulatedGpioRequest(_board, wanted, owner, settings, loop, listener);
            return Errno.Success;
        }
    }

    /// <summary>The pin of a line, to wire it.</summary>
    public Pin PinOf(int line) => _lines[line].Pin;

    /// <summary>The pin of a line by its number or name; null when there is none.</summary>
    public Pin? FindPin(string line) =>
        int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < _lines.Length
            ? _lines[number].Pin
            : _lines.FirstOrDefault(l => l.Name == line && line.Length > 0)?.Pin;

    /// <summary>Nothing: the board has it.</summary>
    public void Dispose()
    {
    }
}
