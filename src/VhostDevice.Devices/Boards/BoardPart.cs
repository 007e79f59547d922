// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Wiring;

namespace VhostDevice.Devices.Boards;

/// <summary>
/// Something on a board: a chip on a bus, a button, an LED. It has parameters, which people and tests read and set, and
/// pins, which are wired. All members are for whoever holds <see cref="Board.Gate"/>.
/// </summary>
public abstract class BoardPart : IDisposable
{
    private readonly List<BoardParameter> _parameters = [];
    private readonly List<Pin> _pins = [];

    /// <param name="model">What it is, such as <c>lm75</c>.</param>
    /// <param name="name">What it is called on this board; must not occur twice there.</param>
    /// <exception cref="BoardException">The board has a part of that name.</exception>
    protected BoardPart(Board board, string model, string name)
    {
        if (board.Find(name) is not null)
            throw new BoardException($"the board has a part '{name}' already");
        Board = board;
        Model = model;
        Name = name;
        board.Add(this);
    }

    public Board Board { get; }

    public string Model { get; }

    public string Name { get; }

    public IReadOnlyList<BoardParameter> Parameters => _parameters;

    public IReadOnlyList<Pin> Pins => _pins;

    /// <summary>What people can have it do, besides setting its parameters.</summary>
    public virtual IReadOnlyList<PartVerb> Verbs => [];

    /// <summary>Declares a parameter, in the order in which they are listed, while the board is built.</summary>
    public T Parameter<T>(T parameter)
        where T : BoardParameter
    {
        parameter.Owner = this;
        _parameters.Add(parameter);
        return parameter;
    }

    /// <summary>Declares a pin, while the board is built.</summary>
    /// <param name="levelChanged">Hears of the level of its wire, under <see cref="Board.Gate"/>.</param>
    public Pin AddPin(string name, PinDrive drive = PinDrive.Floating, Action<bool>? levelChanged = null)
    {
        Pin pin = new(Board.Nets, name, $"{Name}.{name}", levelChanged);
        _pins.Add(pin);
        pin.Drive = drive;
        return pin;
    }

    /// <summary>Ends timers and the like; the board calls it at its own end.</summary>
    public virtual void Dispose() => GC.SuppressFinalize(this);

    /// <summary>Whether it can be meant by a name that is not its own.</summary>
    internal virtual bool Answers(string name) => false;

    internal void OnChanged(BoardParameter parameter) => Board.OnChanged(this, parameter);
}
