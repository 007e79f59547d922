// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Devices.Boards.I2c;

namespace VhostDevice.Devices.Boards.Models;

/// <summary>
/// DS1307: a clock in BCD for the years 2000 to 2099 with 56 bytes of memory. It goes by the board's time, from the UTC
/// of the host on, until it is set or halted.
/// </summary>
public sealed class Ds1307 : ByteRegisters
{
    private const int ControlRegister = 7;
    private const int LastRegister = 0x3f;
    private const byte Halt = 0x80;
    private const byte TwelveHours = 0x40;
    private const byte Afternoon = 0x20;

    private static readonly DateTime s_first = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly DateTime s_end = new(2100, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly byte[] _clock = new byte[ControlRegister];
    private readonly byte[] _others = new byte[LastRegister + 1];
    private DateTime _setTo;
    private long _setAt;
    private int _weekdayOffset;
    private bool _halted;
    private bool _twelveHours;
    private bool _clockWritten;

    public Ds1307(Board board, string? name = null, int address = 0x68)
        : base(board, "ds1307", name, address)
    {
        _others[ControlRegister] = 0x03;
        Set(board.Time.GetUtcNow().UtcDateTime);
        Parameter(
            new TextParameter(
                "time",
                "UTC",
                () => Now().ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture),
                "2000-01-01T00:00:00 to 2099-12-31T23:59:59",
                TrySet));
        Parameter(new TextParameter("running", "", () => _halted ? "off" : "on"));
    }

    /// <summary>What the clock shows. From any thread.</summary>
    public DateTime Time
    {
        get
        {
            lock (Board.Gate)
                return Now();
        }
    }

    // The pin SQW/OUT is left out: a wave of up to 32 kHz is nothing for wires that are calls.
    protected override byte ReadRegister(int register)
    {
        register &= LastRegister;
        return register < ControlRegister ? _clock[register] : _others[register];
    }

    protected override void WriteRegister(int register, byte value)
    {
        register &= LastRegister;
        if (register >= ControlRegister)
        {
            _others[register] = register == ControlRegister ? (byte)(value & 0x93) : value;
            return;
        }

        _clock[register] = value;
        _clockWritten = true;
    }

    protected override int Next(int register) => (register + 1) & LastRegister;

    // All bytes of one transaction see one moment.
    protected override void OnStart(bool read)
    {
        if (_clockWritten)
            TakeOver();
        Latch(Now());
    }

    protected override void Stop()
    {
        if (_clockWritten)
            TakeOver();
    }

    private static byte Bcd(int value) => (byte)((value / 10 << 4) | (value % 10));

    private static int Number(int bcd, int least, int most) => Math.Clamp((bcd >> 4) * 10 + (bcd & 0x0f), least, most);

    private DateTime Now()
    {
        if (_halted)
            return _setTo;
        DateTime now = _setTo + Board.Time.GetElapsedTime(_setAt);
        return now < s_end ? now : s_first + (now - s_end);
    }

    private void Set(DateTime time)
    {
        _setTo = time < s_first || time >= s_end ? s_first : time;
        _setAt = Board.Time.GetTimestamp();
    }

    private bool TrySet(string text)
    {
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (!DateTime.TryParse(text, CultureInfo.InvariantCulture, Utc, out DateTime time)
            || time < s_first || time >= s_end)
            return false;
        Set(time);
        return true;
    }

    private void Latch(DateTime now)
    {
        _clock[0] = (byte)(Bcd(now.Second) | (_halted ? Halt : 0));
        _clock[1] = Bcd(now.Minute);
        int hour = now.Hour;
        _clock[2] = _twelveHours
            ? (byte)(TwelveHours | (hour >= 12 ? Afternoon : 0) | Bcd(hour % 12 == 0 ? 12 : hour % 12))
            : Bcd(hour);
        _clock[3] = (byte)(((int)now.DayOfWeek + _weekdayOffset) % 7 + 1);
        _clock[4] = Bcd(now.Day);
        _clock[5] = Bcd(now.Month);
        _clock[6] = Bcd(now.Year - s_first.Year);
    }

    // What makes no date, which a guest may write, becomes the nearest that does.
    private void TakeOver()
    {
        _clockWritten = false;
        _halted = (_clock[0] & Halt) != 0;
        _twelveHours = (_clock[2] & TwelveHours) != 0;
        int hour = _twelveHours
            ? Number(_clock[2] & 0x1f, 1, 12) % 12 + ((_clock[2] & Afternoon) != 0 ? 12 : 0)
            : Number(_clock[2] & 0x3f, 0, 23);
        int year = s_first.Year + Number(_clock[6], 0, 99);
        int month = Number(_clock[5] & 0x1f, 1, 12);
        int day = Number(_clock[4] & 0x3f, 1, DateTime.DaysInMonth(year, month));
        Set(new DateTime(year, month, day, hour, Number(_clock[1] & 0x7f, 0, 59), Number(_clock[0] & 0x7f, 0, 59), DateTimeKind.Utc));
        // The chip counts days and leaves their meaning to whoever sets it.
        _weekdayOffset = ((_clock[3] & 7) - 1 - (int)_setTo.DayOfWeek + 14) % 7;
    }
}
