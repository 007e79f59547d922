// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using Microsoft.Extensions.Logging.Abstractions;
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Devices.Scmi.Messages;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.Virtio.Devices;
using Xunit;

namespace VhostDevice.Devices.Tests.Scmi;

/// <summary>A board with a SoC that has one of everything, and two agents.</summary>
internal sealed class SocFixture : IDisposable
{
    internal const string Text = """
        board: test
        i2c:
          - bus: i2c0
            devices:
              - {model: lm75, name: temp0, temperature: 21.5}
              - {model: mpu6050, name: motion0}
        scmi:
          - soc: soc0
            agents:
              - {name: linux, trusted: on}
              - {name: rtos, denied: [vdd, cpu-temperature]}
            clocks:
              - {name: uart-clock, min: 1000000, max: 100000000, step: 1000000, rate: 24000000}
              - {name: a-clock-with-a-long-name, min: 1, max: 5000000000, step: 1, enabled: on}
            supplies:
              - {name: vdd, min: 0.8, max: 3.3, step: 0.1, voltage: 1.2}
            resets: [{name: uart-reset}]
            power-domains: [{name: gpu}]
            performance:
              - {name: cpu, points: [{mhz: 500, power: 0.2}, {mhz: 1000, power: 0.6}, {mhz: 2000, power: 2}]}
            power-caps: [{name: package, min: 5, max: 25, step: 1}]
            sensors:
              - {name: cpu-temperature, of: temp0.temperature}
              - {name: motion, axes: [motion0.accel-x, motion0.accel-y, motion0.accel-z]}
        parts:
          - {model: led, name: power-led}
          - {model: led, name: reset-led}
        wires:
          - [vdd, power-led]
          - [uart-reset, reset-led]
        """;

    private readonly List<TestBackEnd<VirtioDevice>> _backEnds = [];
    private readonly List<FrontEndDevice> _guests = [];

    internal SocFixture()
    {
        Board = BoardFile.Parse(Text, "f", "/");
        foreach (BoardPort port in Board.Ports.Skip(1))
        {
            Func<VirtioDevice> make = port.Serve(new PortSocket(port.Name, "guest", NullLogger.Instance));
            _backEnds.Add(new TestBackEnd<VirtioDevice>(make));
            _guests.Add(_backEnds[^1].Attach(ScmiFixture.Options));
        }
    }

    internal Board Board { get; }

    /// <summary>A command of an agent; its status and the words behind it.</summary>
    internal (ScmiStatus Status, uint[] Words) Ask(int agent, byte protocol, byte message, params uint[] parameters)
    {
        byte[] answer = _guests[agent].Request(0, ScmiFixture.Command(protocol, message, parameters), ScmiFixture.Room);
        return ((ScmiStatus)BinaryPrimitives.ReadInt32LittleEndian(answer.AsSpan(4)), ScmiFixture.ToWords(answer[8..]));
    }

    /// <summary>The same, of the first agent, with success.</summary>
    internal uint[] Do(byte protocol, byte message, params uint[] parameters)
    {
        (ScmiStatus status, uint[] words) = Ask(0, protocol, message, parameters);
        Assert.Equal(ScmiStatus.Success, status);
        return words;
    }

    internal ScmiStatus Status(byte protocol, byte message, params uint[] parameters) => Ask(0, protocol, message, parameters).Status;

    internal string Get(string parameter) => Board.FindParameter(parameter)!.Text;

    internal void Set(string parameter, string value) => Assert.Null(Board.FindParameter(parameter)!.TrySet(value));

    /// <summary>The next notification of an agent is this one.</summary>
    internal void Hears(int agent, byte protocol, byte message, params uint[] expected)
    {
        FrontEndDevice guest = _guests[agent];
        (_, ulong at) = guest.Post(1, ScmiFixture.Room);
        UsedChain used = guest.Queues[1].Take();
        byte[] bytes = new byte[used.Length];
        guest.Memory.Read(at, bytes);
        Assert.Equal([ScmiFixture.Header(protocol, message, 3, token: 0), .. expected], ScmiFixture.ToWords(bytes));
    }

    public void Dispose()
    {
        foreach (FrontEndDevice guest in _guests)
            guest.Dispose();
        foreach (TestBackEnd<VirtioDevice> backEnd in _backEnds)
            backEnd.Dispose();
        Board.Dispose();
    }
}
