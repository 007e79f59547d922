// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using VhostDevice.Devices.Boards.I2c;
using VhostDevice.Devices.Boards.Wiring;

namespace VhostDevice.Devices.Boards.Models;

/// <summary>
/// MPU-6050: acceleration, rotation and temperature, sampled at a rate, with a FIFO and an interrupt for those who want them. The low-pass
/// filter sets the base of the rate only; the auxiliary bus, self-test and motion detection are left out.
/// </summary>
public sealed class Mpu6050 : ByteRegisters
{
    private const int FifoSize = 1024;
    private const int SampleBytes = 14;
    private const double GyroscopeStep = 131; // per °/s at ±250 °/s
    private const double AccelerationStep = 16384; // per g at ±2 g
    private const double StandardGravity = 9.80665; // m/s²

    // The system's timers are no faster.
    private static readonly TimeSpan s_shortestTick = TimeSpan.FromMilliseconds(1);

    private readonly NumberParameter _x, _y, _z, _rotationX, _rotationY, _rotationZ, _temperature;
    private readonly byte[] _registers = new byte[128];
    private readonly byte[] _sample = new byte[SampleBytes];
    private readonly byte[] _fifo = new byte[FifoSize];
    private readonly Pin _interrupt;
    private ITimer? _timer;
    private int _fifoStart;
    private int _fifoCount;
    private long _sampledAt;
    private TimeSpan _timerPeriod = Timeout.InfiniteTimeSpan;

    /// <param name="address">0x68, or 0x69 where pin AD0 is high.</param>
    public Mpu6050(Board board, string? name = null, int address = 0x68)
        : base(board, "mpu6050", name, address)
    {
        _x = Parameter(new NumberParameter("accel-x", "m/s²", -157, 157, 0));
        _y = Parameter(new NumberParameter("accel-y", "m/s²", -157, 157, 0));
        _z = Parameter(new NumberParameter("accel-z", "m/s²", -157, 157, StandardGravity));
        _rotationX = Parameter(new NumberParameter("gyro-x", "°/s", -2000, 2000, 0));
        _rotationY = Parameter(new NumberParameter("gyro-y", "°/s", -2000, 2000, 0));
        _rotationZ = Parameter(new NumberParameter("gyro-z", "°/s", -2000, 2000, 0));
        _temperature = Parameter(new NumberParameter("temperature", "°C", -40, 85, 25));
        _interrupt = AddPin("int", PinDrive.Low);
        Reset();
    }

    /// <summary>INT, push-pull unless the guest makes it open drain.</summary>
    public Pin Interrupt => _interrupt;

    public override void Dispose()
    {
        _timer?.Dispose();
        _timer = null;
        base.Dispose();
    }

    // Reads of the FIFO stay where they are.
    protected override int Next(int register) => register == Registers.FifoReadWrite ? register : (register + 1) & 0x7f;

    // All bytes of one burst belong to one sample.
    protected override void OnStart(bool read)
    {
        if (read)
            Sample();
    }

    protected override byte ReadRegister(int register)
    {
        register &= 0x7f;
        switch (register)
        {
            case Registers.InterruptStatus:
                byte status = _registers[register];
                Acknowledge();
                return status;
            case >= Registers.FirstOutput and < Registers.FirstOutput + SampleBytes:
                if ((_registers[Registers.InterruptPin] & Registers.AnyReadClears) != 0)
                    Acknowledge();
                return _sample[register - Registers.FirstOutput];
            case Registers.FifoCount:
                return (byte)(_fifoCount >> 8);
            case Registers.FifoCount + 1:
                return (byte)_fifoCount;
            case Registers.FifoReadWrite:
                return TakeFromFifo();
            case Registers.WhoAmI:
                return Registers.Identity;
            default:
                return _registers[register];
        }
    }

    protected override void WriteRegister(int register, byte value)
    {
        register &= 0x7f;
        // What came before goes by the old settings.
        Sample();
        switch (register)
        {
            case Registers.InterruptStatus or Registers.WhoAmI or Registers.FifoCount or Registers.FifoCount + 1:
            case >= Registers.FirstOutput and < Registers.FirstOutput + SampleBytes:
                return; // read only
            case Registers.PowerManagement when (value & Registers.DeviceReset) != 0:
                Reset();
                return;
            case Registers.UserControl:
                if ((value & Registers.FifoReset) != 0)
                    _fifoStart = _fifoCount = 0;
                value &= Registers.FifoEnable; // the bits that reset clear themselves
                break;
            case Registers.SignalPathReset:
                value = 0;
                break;
            case Registers.FifoReadWrite:
                PutIntoFifo([value]);
                return;
            default:
                break;
        }

        _registers[register] = value;
        Wire();
        Schedule();
    }

    private bool IsAsleep => (_registers[Registers.PowerManagement] & Registers.Sleep) != 0;

    // The gyroscope's rate is 8 kHz without filter, otherwise 1 kHz, divided as the guest says.
    private TimeSpan Period
    {
        get
        {
            int filter = _registers[Registers.Configuration] & 7;
            int microseconds = filter is 0 or 7 ? 125 : 1000;
            return TimeSpan.FromMicroseconds(microseconds * (1 + _registers[Registers.SampleRateDivider]));
        }
    }

    private static void Put(Span<byte> target, double steps) =>
        BinaryPrimitives.WriteInt16BigEndian(target, (short)Math.Clamp(Math.Round(steps), short.MinValue, short.MaxValue));

    private void Reset()
    {
        Array.Clear(_registers);
        _registers[Registers.PowerManagement] = Registers.Sleep;
        _sample.AsSpan().Clear();
        _fifoStart = _fifoCount = 0;
        _sampledAt = Board.Time.GetTimestamp();
        Wire();
        Schedule();
    }

    // The samples that fell due since the last look. All of them see the values of now: those change in steps anyway.
    private void Sample()
    {
        if (IsAsleep)
        {
            _sampledAt = Board.Time.GetTimestamp();
            return;
        }

        TimeSpan period = Period;
        long due = Board.Time.GetElapsedTime(_sampledAt).Ticks / period.Ticks;
        if (due == 0)
            return;
        _sampledAt += (long)(due * period.TotalSeconds * Board.Time.TimestampFrequency);
        Measure();
        if ((_registers[Registers.UserControl] & Registers.FifoEnable) != 0)
        {
            // More than the FIFO holds would only push each other out.
            for (long i = Math.Min(due, FifoSize); i > 0; i--)
                Queue();
        }

        _registers[Registers.InterruptStatus] |= Registers.DataReady;
        Wire(pulse: true);
    }

    private void Measure()
    {
        double acceleration = AccelerationStep / (1 << ((_registers[Registers.AccelerometerRange] >> 3) & 3)) / StandardGravity;
        double rotation = GyroscopeStep / (1 << ((_registers[Registers.GyroscopeRange] >> 3) & 3));
        Span<byte> sample = _sample;
        Put(sample, _x.Now * acceleration);
        Put(sample[2..], _y.Now * acceleration);
        Put(sample[4..], _z.Now * acceleration);
        Put(sample[6..], (_temperature.Now - 36.53) * 340);
        Put(sample[8..], _rotationX.Now * rotation);
        Put(sample[10..], _rotationY.Now * rotation);
        Put(sample[12..], _rotationZ.Now * rotation);
    }

    private void Queue()
    {
        int wanted = _registers[Registers.FifoSelection];
        ReadOnlySpan<byte> sample = _sample;
        if ((wanted & 0x08) != 0)
            PutIntoFifo(sample[..6]);
        if ((wanted & 0x80) != 0)
            PutIntoFifo(sample.Slice(6, 2));
        for (int axis = 0; axis < 3; axis++)
        {
            if ((wanted & (0x40 >> axis)) != 0)
                PutIntoFifo(sample.Slice(8 + 2 * axis, 2));
        }
    }

    private void PutIntoFifo(ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
        {
            if (_fifoCount == FifoSize)
            {
                // The oldest goes.
                _fifoStart = (_fifoStart + 1) % FifoSize;
                _fifoCount--;
                _registers[Registers.InterruptStatus] |= Registers.FifoOverflow;
            }

            _fifo[(_fifoStart + _fifoCount++) % FifoSize] = b;
        }
    }

    private byte TakeFromFifo()
    {
        if (_fifoCount == 0)
            return 0xff;
        byte value = _fifo[_fifoStart];
        _fifoStart = (_fifoStart + 1) % FifoSize;
        _fifoCount--;
        return value;
    }

    private void Acknowledge()
    {
        _registers[Registers.InterruptStatus] = 0;
        Wire();
    }

    // The pin follows the status, or, when the guest did not ask for latching, is a pulse: 50 µs on the real one, no time
    // here, which is what an edge needs.
    private void Wire(bool pulse = false)
    {
        int pin = _registers[Registers.InterruptPin];
        bool on = (_registers[Registers.InterruptStatus] & _registers[Registers.InterruptEnable]) != 0;
        PinDrive active = (pin & Registers.ActiveLow) != 0 ? PinDrive.Low : PinDrive.High;
        PinDrive inactive = (pin & Registers.ActiveLow) == 0 ? PinDrive.Low
            : (pin & Registers.OpenDrain) != 0 ? PinDrive.Floating : PinDrive.High;
        if (on && (pin & Registers.OpenDrain) != 0 && active == PinDrive.High)
            active = PinDrive.Floating;
        if ((pin & Registers.Latched) != 0)
        {
            _interrupt.Drive = on ? active : inactive;
            return;
        }

        if (on && pulse)
            _interrupt.Drive = active;
        _interrupt.Drive = inactive;
    }

    // Nobody looks while the guest waits for the interrupt, so a timer does.
    private void Schedule()
    {
        bool wanted = !IsAsleep && (_registers[Registers.InterruptEnable] & (Registers.DataReady | Registers.FifoOverflow)) != 0;
        TimeSpan period = wanted ? Period : Timeout.InfiniteTimeSpan;
        if (wanted && period < s_shortestTick)
            period = s_shortestTick;
        if (period == _timerPeriod)
            return;
        _timerPeriod = period;
        _timer ??= Board.Time.CreateTimer(static m => ((Mpu6050)m!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(period, period);
    }

    private void Tick()
    {
        lock (Board.Gate)
            Sample();
    }

    private static class Registers
    {
        internal const int SampleRateDivider = 0x19;
        internal const int Configuration = 0x1a;
        internal const int GyroscopeRange = 0x1b;
        internal const int AccelerometerRange = 0x1c;
        internal const int FifoSelection = 0x23;
        internal const int InterruptPin = 0x37;
        internal const int InterruptEnable = 0x38;
        internal const int InterruptStatus = 0x3a;
        internal const int FirstOutput = 0x3b;
        internal const int SignalPathReset = 0x68;
        internal const int UserControl = 0x6a;
        internal const int PowerManagement = 0x6b;
        internal const int FifoCount = 0x72;
        internal const int FifoReadWrite = 0x74;
        internal const int WhoAmI = 0x75;

        internal const byte Identity = 0x68;
        internal const byte DeviceReset = 0x80;
        internal const byte Sleep = 0x40;
        internal const byte FifoEnable = 0x40;
        internal const byte FifoReset = 0x04;
        internal const byte DataReady = 0x01;
        internal const byte FifoOverflow = 0x10;
        internal const byte ActiveLow = 0x80;
        internal const byte OpenDrain = 0x40;
        internal const byte Latched = 0x20;
        internal const byte AnyReadClears = 0x10;
    }
}
