// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Text;
using VhostDevice.Devices.Boards.Can.Logs;
using VhostDevice.Devices.Can;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Can;

/// <summary>A CAN bus of a board, on which controllers are; people send frames on it and watch its frames.</summary>
public sealed class BoardCanBus : BoardPart
{
    /// <summary>Behind the bus's name: why a frame was not sent, which may be sent later.</summary>
    internal const string Busy = " is busy: as many frames wait as may";

    private static readonly PartVerb[] s_verbs =
    [
        new("send", "bus", "Send a frame on a CAN bus, as cansend writes it", RunSend, "FRAME") { Example = "body 123#1122" },
        CanFaultVerb.Verb,
    ];

    private readonly CanTrace _trace;
    private readonly TextParameter _frame;
    private CanFrame _last;
    private bool _any;
    private CanBridge? _bridge;

    /// <param name="rate">Null: frames take no time.</param>
    /// <inheritdoc cref="BoardPart(Board, string, string)"/>
    public BoardCanBus(Board board, string name, CanBitRate? rate = null)
        : base(board, "can-bus", name)
    {
        _trace = new CanTrace(board, name);
        _frame = Parameter(new TextParameter("frame", "", Last));
        Bus = new SimulatedCanBus(name, board.Gate, OnFrame, rate, board.Time);
        if (rate is null)
            return;
        Parameter(new TextParameter("load", "%", () => (100 * Bus.Load).ToString("0.#", CultureInfo.InvariantCulture)));
        Parameter(new TextParameter("bitrate", "", () => rate.Value.ToString()));
    }

    /// <summary>What people can do with any CAN bus.</summary>
    public static IReadOnlyList<PartVerb> BusVerbs => s_verbs;

    public override IReadOnlyList<PartVerb> Verbs => s_verbs;

    /// <summary>Joins the bus to an interface of the host, <c>can0</c>, or to a peer over UDP, <c>udp:192.168.1.2:20000</c>, once the
    /// board begins.</summary>
    /// <exception cref="Hosting.StartupException">That is not possible.</exception>
    public void JoinWith(string outside)
    {
        if (_bridge is not null)
            throw new BoardException($"the bus {Name} is joined to something already");
        CanBridge bridge = CanBridge.Open(Bus, outside, Board.Log);
        _bridge = bridge;
        bridge.Start();
        Board.NeedsCalls(SocketCanBus.Calls);
        Board.WhenBegun(bridge.Begin);
        Parameter(new TextParameter("bridge", "", () => bridge.Report));
    }

    public override void Dispose()
    {
        _bridge?.Dispose();
        Bus.Dispose();
        base.Dispose();
    }

    internal SimulatedCanBus Bus { get; }

    private static string? RunSend(BoardPart bus, IReadOnlyList<string> words, Action<string> answer)
    {
        if (!CanNotation.TryRead(words[0], out CanFrame frame))
            return $"'{words[0]}' is no frame: {CanNotation.Example}";
        return ((BoardCanBus)bus).Bus.Inject(frame) ? null : bus.Name + Busy;
    }

    // Under the gate. A recording has the frame itself, not the parameter.
    private void OnFrame(in CanFrame frame)
    {
        if (_trace.IsRecording)
            _trace.Add(frame);
        _last = frame;
        _any = true;
        Board.Announce(this, _frame);
    }

    private string Last()
    {
        StringBuilder text = new();
        if (_any)
            CanNotation.Print(_last, text);
        return text.ToString();
    }
}
