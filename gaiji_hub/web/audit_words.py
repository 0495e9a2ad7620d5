"""監査証跡のことば: how the acts of the audit trail are called on a screen; the trail itself keeps the identifier."""

from __future__ import annotations

ACTIONS = {
    "log_in": "ログイン",
    "lock_out": "ログインの一時停止（続けて誤り）",
    "change_password": "パスワードの変更",
    "reset_password": "新しいパスワードの発行",
    "register_person": "人の登録",
    "disable_person": "ログインの停止",
    "enable_person": "ログインの再開",
    "link_oidc": "OIDC の関連付け",
    "grant_role": "役割の付与",
    "end_role": "役割の終了",
    "make_token": "トークンの作成",
    "revoke_token": "トークンの取消",
    "register_municipality": "団体の登録",
    "register_business_system": "業務システムの登録",
    "set_policy": "文字要件の変更",
    "set_acting_allowed": "代決の可否の変更",
    "decide": "判定の申請",
    "undo": "判定の取消の申請",
    "approved": "承認",
    "sent_back": "差戻し",
    "withdrawn": "取下げ",
    "review_acting": "代決の後閲",
    "register_group": "団体の集まりの登録",
    "join_group": "団体の集まりへの参加",
    "leave_group": "団体の集まりからの脱退",
    "renew_channels": "伝送路の期限の延長",
    "release": "配布版の作成",
    "rollback": "配布版の切戻し",
}
