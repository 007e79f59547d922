// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Devices.Spi;

namespace VhostDevice.Devices.Boards.Spi;

/// <summary>A part that sits on an SPI bus. Models derive from this.</summary>
public abstract class SpiPart : BoardPart, ISpiPeripheral
{
    private readonly int _chipSelect;
    private readonly SwitchParameter _connected;

    /// <param name="name">Null: the model and the chip select, <c>w25q32@0</c>.</param>
    /// <exception cref="BoardException">A name that the board has already.</exception>
    protected SpiPart(Board board, string model, string? name, int chipSelect)
        : base(board, model, name ?? NameAt(model, chipSelect))
    {
        _chipSelect = chipSelect;
        _connected = Parameter(new SwitchParameter("connected", true, changed: () => OnPlugged()));
    }

    /// <summary>Whether it is on the bus; what is not answers nothing, and keeps what it knows.</summary>
    public SwitchParameter Connected => _connected;

    /// <summary>Where it is to be attached.</summary>
    public int ChipSelect => _chipSelect;

    bool ISpiPeripheral.IsOver => IsOver;

    bool ISpiPeripheral.Takes(SpiTransferMode mode) => _connected.Now && Takes(mode);

    void ISpiPeripheral.Select() => Select();

    void ISpiPeripheral.Exchange(ReadOnlySpan<byte> sent, Span<byte> received) => Exchange(sent, received);

    void ISpiPeripheral.Deselect() => Deselect();

    internal override bool Answers(string name) => name == NameAt(Model, _chipSelect);

    /// <inheritdoc cref="ISpiPeripheral.IsOver"/>
    protected abstract bool IsOver { get; }

    /// <summary>Modes 0 and 3, as most chips; see <see cref="ISpiPeripheral.Takes"/>.</summary>
    protected virtual bool Takes(SpiTransferMode mode) => mode is 0 or (SpiTransferMode.ClockHigh | SpiTransferMode.SecondEdge);

    /// <inheritdoc cref="ISpiPeripheral.Select"/>
    protected abstract void Select();

    /// <summary>A byte from the master.</summary>
    /// <returns>What goes to it at the same time.</returns>
    protected abstract byte Exchange(byte sent);

    /// <inheritdoc cref="ISpiPeripheral.Exchange"/>
    protected virtual void Exchange(ReadOnlySpan<byte> sent, Span<byte> received)
    {
        int length = Math.Max(sent.Length, received.Length);
        for (int i = 0; i < length; i++)
        {
            byte value = Exchange(sent.IsEmpty ? (byte)0 : sent[i]);
            if (!received.IsEmpty)
                received[i] = value;
        }
    }

    /// <inheritdoc cref="ISpiPeripheral.Deselect"/>
    protected virtual void Deselect()
    {
    }

    /// <summary>It was put onto the bus, or pulled out; see <see cref="Connected"/>.</summary>
    protected virtual void OnPlugged()
    {
    }

    private static string NameAt(string model, int chipSelect) => string.Create(CultureInfo.InvariantCulture, $"{model}@{chipSelect}");
}
