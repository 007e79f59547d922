// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Pictures;
using VhostDevice.Devices.Boards.Spi;
using VhostDevice.Devices.Boards.Wiring;
using VhostDevice.Devices.Pictures;

namespace VhostDevice.Devices.Boards.Models;

/// <summary>
/// ST7735R with a panel of 128 by 160 pixels, as on many small boards: pixels go into a window of its memory. The pin <c>dc</c>
/// says whether a byte is a command (low) or data, so it has to be wired to a line that the guest sets; when <c>reset</c> falls,
/// it begins anew. What it shows is a PNG on request. Reading, scrolling, gamma and the partial mode are
/// left out.
/// </summary>
public sealed partial class St7735r : SpiPart
{
    public const int Width = 128;
    public const int Height = 160;

    private const byte NothingDriven = 0xff;

    private const int MemoryBytes = Width * Height * PngFile.PixelBytes;

    // Made when somebody draws or looks: no daemon pays for a display that none does.
    private byte[]? _memory;
    private readonly Pin _dataCommand;
    private readonly Pin _reset;
    private readonly SwitchParameter _on;

    /// <inheritdoc cref="SpiPart(Board, string, string?, int)"/>
    public St7735r(Board board, string? name = null, int chipSelect = 0)
        : base(board, "st7735r", name, chipSelect)
    {
        _on = Parameter(new SwitchParameter("on", false, readOnly: true));
        _dataCommand = AddPin("dc");
        _reset = AddPin("reset", levelChanged: OnReset);
        Restart();
    }

    /// <summary>What people can do with any of them.</summary>
    public static IReadOnlyList<PartVerb> DisplayVerbs { get; } = [PictureVerb.Make(part => ((St7735r)part).TakePicture())];

    public override IReadOnlyList<PartVerb> Verbs => DisplayVerbs;

    /// <summary>Whether it shows what is in its memory; black otherwise.</summary>
    public SwitchParameter On => _on;

    /// <summary>Low: what comes is a command.</summary>
    public Pin DataCommand => _dataCommand;

    /// <summary>Low: it is reset.</summary>
    public Pin ResetPin => _reset;

    /// <summary>What it shows, as a PNG file. From any thread.</summary>
    public byte[] TakePicture()
    {
        byte[] pixels = new byte[MemoryBytes];
        lock (Board.Gate)
        {
            if (IsOn)
                Show(_memory ??= new byte[MemoryBytes], pixels);
        }

        return PngFile.Encode(Width, Height, pixels);
    }

    // Each byte is complete in itself; what is begun goes on when it is selected again.
    protected override bool IsOver => true;

    protected override void Select()
    {
    }

    protected override void Exchange(ReadOnlySpan<byte> sent, Span<byte> received)
    {
        received.Fill(NothingDriven);
        // Nobody sends to it while he only reads.
        if (sent.IsEmpty)
            return;
        bool isData = _dataCommand.Level;
        foreach (byte value in sent)
        {
            if (isData)
                TakeData(value);
            else
                TakeCommand(value);
        }
    }

    protected override byte Exchange(byte sent)
    {
        byte received = NothingDriven;
        Exchange(new ReadOnlySpan<byte>(in sent), new Span<byte>(ref received));
        return received;
    }

    private void OnReset(bool high)
    {
        if (!high)
            Restart();
    }

    // The panel is mounted the other way round: its first pixel is the last of the memory.
    private void Show(byte[] memory, Span<byte> pixels)
    {
        int last = MemoryBytes - PngFile.PixelBytes;
        for (int at = 0; at < MemoryBytes; at += PngFile.PixelBytes)
        {
            for (int i = 0; i < PngFile.PixelBytes; i++)
            {
                byte value = memory[last - at + i];
                pixels[at + i] = _inverted ? (byte)~value : value;
            }
        }
    }
}
