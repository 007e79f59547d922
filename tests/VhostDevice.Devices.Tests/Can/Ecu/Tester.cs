// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Can;
using VhostDevice.Devices.Boards.Can.Logs;
using VhostDevice.Devices.Boards.Control;
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Devices.Can;
using VhostDevice.Devices.Tests.Boards;
using VhostDevice.Linux;
using Xunit;

namespace VhostDevice.Devices.Tests.Can.Ecu;

/// <summary>A board with control units, whose time stands still, and a guest's place on its bus.</summary>
internal sealed class Tester : ICanGuest, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();
    private readonly Queue<CanFrame> _got = [];
    private readonly ICanStation _station;

    /// <param name="parts">The list of parts, in YAML.</param>
    /// <param name="bus">What the section can says of the bus.</param>
    internal Tester(string parts, string? dbc = null, bool starts = true, string bus = "")
    {
        if (dbc is not null)
            File.WriteAllText(Path.Combine(_folder.FullName, "car.dbc"), dbc);
        Board = BoardFile.Parse($"can: [{bus}{{controller: can0, bus: body}}]\nparts:\n{parts}", "f", _folder.FullName, Time);
        Bus = ((BoardCanBus)Board.Find("body")!).Bus;
        _station = Bus.Join(null!, this);
        if (starts)
            Start();
    }

    internal ManualTime Time { get; } = new();

    internal Board Board { get; }

    internal SimulatedCanBus Bus { get; }

    internal string Folder => _folder.FullName;

    /// <summary>Answers to its requests come with this identifier.</summary>
    internal uint Response { get; set; } = 0x7E8;

    internal uint Request { get; set; } = 0x7E0;

    public bool HasRoom { get; set; } = true;

    public bool TryReceive(in CanFrame frame)
    {
        if (HasRoom)
            _got.Enqueue(frame);
        return HasRoom;
    }

    public void ReportBusOff() => Assert.Fail("bus-off");

    public void SendAgain()
    {
    }

    public void Dispose()
    {
        _station.Dispose();
        Board.Dispose();
        _folder.Delete(recursive: true);
    }

    internal void Start()
    {
        _station.Start();
        Time.PassMilliseconds(0);
    }

    internal void Stop() => _station.Stop();

    internal void MakeRoom()
    {
        HasRoom = true;
        _station.MadeRoom();
        Time.PassMilliseconds(0);
    }

    /// <summary>Sends a frame in candump's notation.</summary>
    internal void Send(string frame)
    {
        Assert.True(CanNotation.TryRead(frame, out CanFrame read), frame);
        Assert.Equal(CanSend.Sent, _station.Send(read, mayWait: true));
    }

    /// <summary>What came since the last look, in candump's notation.</summary>
    internal string[] Frames()
    {
        List<string> all = [];
        while (_got.TryDequeue(out CanFrame frame))
        {
            StringBuilder text = new();
            CanNotation.Print(frame, text);
            all.Add(text.ToString());
        }

        return [.. all];
    }

    /// <summary>A frame there, and all that comes of it at once.</summary>
    internal string[] Exchange(string frame)
    {
        Send(frame);
        return Frames();
    }

    /// <summary>A whole request and its answer, in hexadecimal digits; null: there is none.</summary>
    internal string? Ask(string request, uint? id = null)
    {
        byte[] bytes = Convert.FromHexString(request.Replace(" ", "", StringComparison.Ordinal));
        _got.Clear();
        string to = $"{id ?? Request:X3}#";
        if (bytes.Length <= 7)
        {
            Send($"{to}{bytes.Length:X2}{Convert.ToHexString(bytes)}");
        }
        else
        {
            Send($"{to}{0x1000 | bytes.Length:X4}{Convert.ToHexString(bytes.AsSpan(0, 6))}");
            int at = 6;
            Assert.Equal(0x30, Next()!.Value.Data[0]);
            for (int number = 1; at < bytes.Length; number++)
            {
                int more = Math.Min(7, bytes.Length - at);
                Send($"{to}{0x20 | (number & 15):X2}{Convert.ToHexString(bytes.AsSpan(at, more))}");
                at += more;
            }
        }

        return Answer();
    }

    /// <summary>The next answer that is there or comes at once.</summary>
    internal string? Answer()
    {
        if (Next() is not { } first)
            return null;
        if (first.Data[0] >> 4 == 0)
            return Convert.ToHexString(first.Data.Slice(1, first.Data[0]));
        int length = ((first.Data[0] & 15) << 8) | first.Data[1];
        List<byte> all = [.. first.Data[2..]];
        Send($"{Request:X3}#300000");
        while (all.Count < length && Next() is { } more)
            all.AddRange(more.Data[1..]);
        Assert.True(all.Count >= length, $"{all.Count} of {length} bytes came");
        return Convert.ToHexString([.. all.Take(length)]);
    }

    internal string? Run(string request, Action<string>? answer = null) =>
        BoardCommands.Run(Board, request.Split(' ', StringSplitOptions.RemoveEmptyEntries), answer ?? (_ => { }));

    internal string Get(string name)
    {
        lock (Board.Gate)
            return Board.FindParameter(name)!.Text;
    }

    private CanFrame? Next()
    {
        while (_got.TryDequeue(out CanFrame frame))
        {
            if (frame.Id == Response)
                return frame;
        }

        return null;
    }
}
