// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;

namespace VhostDevice.Devices.Boards.Can;

/// <summary>What people see of a controller, and do with it.</summary>
internal sealed class CanControllerPart : BoardPart
{
    private const int MaxMilliseconds = 3_600_000;

    private static readonly PartVerb[] s_verbs =
    [
        new(
            "error",
            "controller",
            "Take a CAN controller off its bus, and again whenever its guest starts it within a time",
            RunError,
            "KIND",
            "MILLISECONDS?")
        {
            Example = "can0 bus-off 500",
        },
    ];

    private readonly BoardCanController _controller;
    private readonly SwitchParameter _started;

    internal CanControllerPart(BoardCanController controller)
        : base(controller.Board, "can-controller", controller.Name)
    {
        _controller = controller;
        _started = Parameter(new SwitchParameter("started", false, readOnly: true));
    }

    /// <summary>What people can do with any controller.</summary>
    internal static IReadOnlyList<PartVerb> ControllerVerbs => s_verbs;

    public override IReadOnlyList<PartVerb> Verbs => s_verbs;

    internal void ShowStarted(bool started) => _started.Value = started;

    private static string? RunError(BoardPart part, IReadOnlyList<string> words, Action<string> answer)
    {
        if (words[0] != "bus-off")
            return $"'{words[0]}' is no error of a controller: bus-off";
        int milliseconds = 0;
        if (words.Count > 1
            && (!int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out milliseconds) || milliseconds > MaxMilliseconds))
            return $"an error cannot last for '{words[1]}': 0 to {MaxMilliseconds} milliseconds";
        ((CanControllerPart)part)._controller.GoBusOff(TimeSpan.FromMilliseconds(milliseconds));
        return null;
    }
}
