// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards;
using VhostDevice.Devices.Boards.I2c;
using VhostDevice.Devices.Boards.Registers;
using Xunit;

namespace VhostDevice.Devices.Tests.Boards;

/// <summary>Registers are written once, and read through whatever bus there is.</summary>
public sealed class RegisterFileTests
{
    [Fact]
    public void The_same_registers_answer_on_i2c_and_elsewhere()
    {
        using Board board = new("test", new ManualTime());
        SimulatedI2cBus bus = new(board, "i2c0");
        Pressure? registers = null;
        bus.Attach(new RegisterChip(board, "pressure", "p0", 0x76, part => registers = new Pressure(part)));
        Assert.Null(board.FindParameter("p0.pressure")!.TrySet("18"));
        Master master = new(bus);
        Assert.Equal([18, 2, 3, 1], master.WriteRead(0x76, [1], 4));
        master.Write(0x76, 2, 0x55, 0x66);
        // A bus of another kind, whose address is not the first byte written.
        ByteRegisterFile file = new(registers!);
        file.Begin(pointerComes: false);
        file.Pointer = 2;
        Assert.Equal([0x55, 0x66, 1, 18], Enumerable.Range(0, 4).Select(_ => (int)file.Read()));
        file.Pointer = 3;
        file.Write(0x77);
        Assert.Equal(0x77, master.ReadByte(0x76, 3));
        Assert.Equal(6, registers!.Begun); // a read on I2C begins twice
    }

    [Theory]
    [InlineData(true, new byte[] { 2 }, "12 34 12 34")]
    [InlineData(true, new byte[] { 2, 0x56, 0x78 }, "56 78 56 78")]
    [InlineData(true, new byte[] { 2, 0x56 }, "12 34 12 34")]
    [InlineData(true, new byte[] { 1, 0x56 }, "56 56 56 56")]
    [InlineData(false, new byte[] { 0xab, 0xcd }, "ab cd ab cd")]
    public void Words_are_read_and_written_within_their_register(bool pointerComes, byte[] written, string read)
    {
        WordRegisterFile file = new(new Words()) { Pointer = 2 };
        file.Begin(pointerComes);
        foreach (byte value in written)
            file.Write(value);
        file.Begin(pointerComes: false);
        Assert.Equal(
            read,
            string.Join(
                ' ',
                Enumerable.Range(0, 4)
                    .Select(_ => file.Read().ToString("x2", System.Globalization.CultureInfo.InvariantCulture))));
    }

    private sealed class Pressure(BoardPart part) : IByteRegisters
    {
        private readonly byte[] _registers = [1, 0, 2, 3];
        private readonly NumberParameter _pressure = part.Parameter(new NumberParameter("pressure", "hPa", 0, 255, 10));

        internal int Begun { get; private set; }

        public byte ReadRegister(int register) => register == 1 ? (byte)_pressure.Value : _registers[register & 3];

        public void WriteRegister(int register, byte value) => _registers[register & 3] = value;

        public int Next(int register) => (register + 1) & 3;

        public void Begin() => Begun++;
    }

    private sealed class Words : IWordRegisters
    {
        private readonly ushort[] _registers = [0, 0, 0x1234, 0];

        public ushort ReadRegister(int register) => _registers[register & 3];

        public void WriteRegister(int register, ushort value) => _registers[register & 3] = value;

        public bool IsByte(int register) => register == 1;
    }
}
