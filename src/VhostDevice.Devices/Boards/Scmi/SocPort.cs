// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scmi;
using VhostDevice.Devices.Scmi.Messages;
using VhostDevice.Virtio.Devices;

namespace VhostDevice.Devices.Boards.Scmi;

/// <summary>The socket of an agent of a SoC.</summary>
/// <param name="number">Of the agent, from 0 on.</param>
internal sealed class SocPort(Board board, string name, Soc soc, int number) : BoardPort(board, name)
{
    public override string Noun => "agent";

    public override Func<VirtioDevice> Serve(PortSocket socket)
    {
        ScmiAgent agent = soc.Agents[number];
        socket.Meter?.Add(socket.Name, ScmiCounterTable.Of(agent.Statistics));
        return () => new ScmiDevice(agent, calls: null);
    }
}
