// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Devices.Can;

namespace VhostDevice.Devices.Boards.Can;

/// <summary><c>error PART KIND [AMOUNT]</c>: what people break on a bus, or with the frames of one controller.</summary>
internal static class CanFaultVerb
{
    private const int MaxMilliseconds = 3_600_000;
    private const int MaxFrames = 1_000_000;
    private const string BusOff = "bus-off";
    private const string Acknowledgement = "ack";

    internal static PartVerb Verb { get; } = new(
        "error",
        "part",
        "Take a CAN controller off its bus (bus-off), let no frame be acknowledged (ack), both for a time, or destroy the next frames",
        Run,
        "KIND",
        "AMOUNT?")
    {
        Example = "can0 bus-off 500",
    };

    private static string? Run(BoardPart part, IReadOnlyList<string> words, Action<string> answer)
    {
        CanControllerPart? controller = part as CanControllerPart;
        string kind = words[0];
        CanFault fault = FaultOf(kind);
        if (fault == CanFault.None && (kind != BusOff || controller is null))
        {
            return $"'{kind}' is no error of a "
                + (controller is null ? "bus: " : $"controller: {BusOff}, ")
                + "ack, bit, stuff, crc or form";
        }

        bool isTime = kind is BusOff or Acknowledgement;
        int most = isTime ? MaxMilliseconds : MaxFrames;
        int amount = isTime ? 0 : 1;
        if (words.Count > 1 && (!int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out amount) || amount > most))
        {
            return isTime
                ? $"an error cannot last for '{words[1]}': 0 to {most} milliseconds"
                : $"'{words[1]}' frames cannot be destroyed: 0 to {most}";
        }

        long until = part.Board.Time.GetTimestamp() + (amount * (part.Board.Time.TimestampFrequency / 1000));
        if (kind == BusOff)
            controller!.Controller.GoBusOff(until);
        else if (fault == CanFault.Acknowledgement)
            PlanOf(part).WithholdAcknowledgement(until);
        else
            PlanOf(part).Destroy(fault, amount);
        return null;
    }

    private static CanFaultPlan PlanOf(BoardPart part) =>
        part is CanControllerPart controller ? controller.Controller.Node.Faults : ((BoardCanBus)part).Bus.Faults;

    private static CanFault FaultOf(string kind) => kind switch
    {
        Acknowledgement => CanFault.Acknowledgement,
        "bit" => CanFault.Bit,
        "stuff" => CanFault.Stuff,
        "crc" => CanFault.Checksum,
        "form" => CanFault.Form,
        _ => CanFault.None,
    };
}
