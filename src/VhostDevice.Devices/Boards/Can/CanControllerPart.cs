// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Devices.Can;

namespace VhostDevice.Devices.Boards.Can;

/// <summary>What people see of a controller, and do with it.</summary>
internal sealed class CanControllerPart : BoardPart
{
    private static readonly PartVerb[] s_verbs = [CanFaultVerb.Verb];

    private readonly SwitchParameter _started;
    private readonly TextParameter _state;

    internal CanControllerPart(BoardCanController controller)
        : base(controller.Board, "can-controller", controller.Name)
    {
        Controller = controller;
        _started = Parameter(new SwitchParameter("started", false, readOnly: true));
        _state = Parameter(new TextParameter("state", "", () => Text(controller.Node.State)));
        Parameter(new TextParameter("tx-errors", "", () => Text(controller.Node.TransmitErrors)));
        Parameter(new TextParameter("rx-errors", "", () => Text(controller.Node.ReceiveErrors)));
    }

    public override IReadOnlyList<PartVerb> Verbs => s_verbs;

    internal BoardCanController Controller { get; }

    internal void ShowStarted(bool started) => _started.Value = started;

    internal void ShowState() => _state.Changed();

    private static string Text(int count) => count.ToString(CultureInfo.InvariantCulture);

    // As 'ip -details link' says it.
    private static string Text(CanErrorState state) => state switch
    {
        CanErrorState.Active => "error-active",
        CanErrorState.Passive => "error-passive",
        _ => "bus-off",
    };
}
