// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Wiring;
using VhostDevice.Virtio.Devices;

namespace VhostDevice.Devices.Boards;

/// <summary>
/// What a guest gets of a board on a socket of its own: a bus with the parts on it, a chip with its lines, a channel.
/// </summary>
/// <remarks>A port that people drive (a channel whose error they set, say) puts a <see cref="BoardPart"/> of its own name
/// on the board, which has the parameters and verbs.</remarks>
public abstract class BoardPort
{
    /// <param name="name">What it is called on this board, such as <c>i2c0</c>; also the end of its socket's path.</param>
    /// <exception cref="BoardException">The board has a port of that name.</exception>
    protected BoardPort(Board board, string name)
    {
        if (board.FindPort(name) is not null)
            throw new BoardException($"the name '{name}' is taken by another bus or chip of the board");
        Board = board;
        Name = name;
        board.Add(this);
    }

    public Board Board { get; }

    public string Name { get; }

    /// <summary>Whether wires can go to the port itself.</summary>
    public virtual bool HasPins => false;

    /// <summary>What it is, for messages about its pins: "chip".</summary>
    public virtual string Noun => "port";

    /// <summary>What a pin of it is: "line".</summary>
    public virtual string PinNoun => "pin";

    /// <summary>Which pins there are, for people: "gpio0.0 to gpio0.7".</summary>
    public virtual string PinNames => "";

    /// <summary>One of them: "gpio0.0".</summary>
    public virtual string PinExample => PinNames;

    /// <summary>A pin by its name without the port's; null when there is none.</summary>
    public virtual Pin? FindPin(string name) => null;

    /// <summary>Begins to serve the port on one socket. Several sockets may serve it at the same time.</summary>
    /// <returns>Makes the device for each connection to the socket, one after the other, on the socket's loop. What must
    /// outlive a connection, such as counters, is made before.</returns>
    public abstract Func<VirtioDevice> Serve(PortSocket socket);

    /// <summary>Ends timers and the like, under <see cref="Board.Gate"/>; the board calls it at its own end.</summary>
    protected internal virtual void End()
    {
    }
}
